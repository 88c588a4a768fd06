// Package e2e proves the project where it is used, with the real programs around it. It has no code of its own, only tests
// behind the build tag e2e, so that `go test ./...` needs neither root nor an engine nor a network:
//
//	go test -tags e2e -count=1 -v -timeout 80m ./e2e
//
// # What is proven
//
//	TestContainer  the image builds with both builders, is small, and behaves as the program does outside
//	TestRunner     every path and output is right for the next step: hosted, hosted before 2.329, a job container, Kubernetes
//	TestAct        the example workflow, the sweep up to its verdict, shards, run by act, and the release workflow to its tags
//	TestREADME     its three commands end with the verdict that it shows
//	TestCI         what docs/ci.md shows for GitLab, Jenkins, Buildkite and Kubernetes, in the containers that these start
//	TestAiperf     every row reaches a server as it is in the file: newest aiperf and the oldest that reads local files
//	TestFaults     full disks, limits, folders that go or cannot be written to, too little memory: a message, and nothing left
//	TestLeast      the container without capabilities, on a read-only file system, without a network
//	TestLoader        aiperf's own loaders refuse the rows that inspect says they refuse, and send the images that it counts
//	TestCacheClasses  the caches of vLLM, SGLang and Dynamo, their own classes, count what was recorded of them
//	TestCacheFiles    these classes hit of generated files what the profiles say
//	TestProcessors    transformers' image processors make of images what was recorded of them
//	TestProcessorsTakeImages  Qwen-VL's image processor takes generated images of several sizes, of every kind
//	TestDecoders      Pillow, OpenCV, libjpeg-turbo and ffmpeg read generated images without a warning, and no two are alike
//	TestCluster    the files of docs/cluster: a Slurm that loses a task and a node, Ray, indexed Jobs
//	TestPython     the Python wheel in fresh environments: its module, its types and its notebook
//	TestTokenizers the library tokenizers count the tokens of texts and of rows as this program does
//	TestRelease    what a release has: its formats and checksums, the same twice, and each file for Linux installed in a clean container
//	TestVerdict    the commands from nothing to a verdict, where there is nothing but Python or docker
//	TestPin        base images are pinned by the digests of their registry
//	TestWorkflows  the project's workflows, Dockerfile and scripts pass their linters
//
// # What it needs
//
// Go, Python, and root on Debian or Ubuntu; or, but for TestFaults, which mounts small disks, on a machine with a Docker engine and the
// named commands, any user who may use them. What is missing is installed: Debian packages, and the pinned tools of install_test.go in
// mmjsonl-e2e under the user's cache folder, where later runs find them. An engine is started if none answers, and stopped again. A
// base image that cannot be pulled gets a local stand-in of the same name for the run (standin.sh). Nothing is skipped: a missing
// piece is a failure.
//
// # Adding to it
//
// One file proves one part. A part calls timed first, asks for the tools it needs by their function (act, aiperf, …), which
// installs them once, and runs the container as the runner does with job.step. A check belongs here only if a unit test could not
// see it break; try the break, and see the check fail, before you trust it.
package e2e
