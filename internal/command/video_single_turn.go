package command

import (
	"github.com/spf13/cobra"

	"mmjsonl/internal/inputs"
)

// asVideos are the inputs of videos as the Python program's command has them, and those that videos have no use for.
var asVideos = []inputs.As{
	{Name: "num-requests", Flag: "num-requests", Default: "200"},
	{Name: "images-per-request", Flag: "videos-per-request", Default: "1", Help: "videos in each row; 0 makes text-only rows. Or a mixture of VIDEOS:WEIGHT, like 1:80,2:20, which divides the rows exactly by weight"},
	{Name: "images-pool", Flag: "videos-pool", Help: "distinct videos to sample from, at least videos-per-request; by default, or with 0, as many as the requested reuse or hit rate needs, else one for each slot, so that no video repeats"},
	{Name: "image-mode", Flag: "video-mode", Help: "\"base64\": rows hold paths of local videos, which aiperf reads; \"datauri\": rows hold the videos themselves; \"http\" with image-url-base: rows hold URLs, which the model server fetches"},
	{Name: "image-size", Flag: "synthetic-video-size", Default: "320x240", Help: "size of frames in pixels, even numbers from 2 to 4096. Several sizes by weight: 320x240:3,640x480:1"},
	{Name: "popular-sizes", Flag: "popular-sizes", Help: "with reuse pattern zipf, the videos that are used most have the first of several sizes, the next ones the second, and so on, each size as many videos as its weight says; by default sizes do not depend on popularity"},
	{Name: "image-bytes", Flag: "video-bytes", Help: "length of each file, met to the byte, like 55KiB; by default 0.05 to 0.13 bits a pixel of each frame, each video another number"},
	{Name: "video-fps", Flag: "synthetic-video-fps", Help: "frames a second, from 1 to 240"},
	{Name: "video-seconds", Flag: "synthetic-video-seconds", Help: "how long each video is, in whole seconds"},
	{Name: "image-dir", Flag: "synthetic-video-dir", Help: "folder of the videos; by default a folder beside the output, named after their shape and the seed; \"-\" writes none, where rows name them by URLs that mmjsonl serve serves"},
	{Name: "image-path-prefix", Flag: "image-path-prefix", Help: "path to write in the rows in place of the folder's, for a client that sees it elsewhere; by default the path that the next step sees"},
	{Name: "image-format", Default: "mp4"},
	{Name: "image-content"}, {Name: "images-from"}, {Name: "coco-annotations"}, {Name: "allow-local-urls"}, {Name: "url-list"},
	{Name: "input-tokens"}, {Name: "image-tokens"}, {Name: "template-tokens"},
}

func (r *run) videoCommand() *cobra.Command {
	return r.add(r.making(&command{
		use:   "video-single-turn",
		short: "make a request file of short videos",
		long: `Makes a request file of text and short videos, H.264 in MP4. Every video is different, and they
repeat as images do: by a pool, a reuse rate or the hit rate of a cache. It is generate with
image-format mp4, and inputs that are named for videos.`,
		example: `  mmjsonl video-single-turn                         200 requests of a video each, no video twice
  mmjsonl video-single-turn --hit-rate 0.6@50       an LRU cache of 50 videos hits 60 % of the slots
  mmjsonl video-single-turn --video-bytes 100KiB    each file has so many bytes`,
		as: asVideos,
	}, nil))
}
