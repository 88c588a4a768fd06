// Command kubernetes reads manifests of Kubernetes with the types of its API, and refuses every field that these do not have. Of each Job it
// prints, as a line of JSON, what its kubelets would start. It is a module of its own, so that the program needs none of these types.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// job is what the kubelets of a Job start.
type job struct {
	Completions int32
	User, Group int64
	Args        []string
	Mounts      map[string]string // the path of each claim
}

func main() {
	for _, name := range os.Args[1:] {
		if err := read(name); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
	}
}

func read(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	documents := yaml.NewDocumentDecoder(f)
	for {
		text := make([]byte, 1<<20)
		n, err := documents.Read(text)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := document(bytes.TrimSpace(text[:n])); err != nil {
			return err
		}
	}
}

// document reads one object.
func document(text []byte) error {
	var kind metav1.TypeMeta
	if err := strict.Unmarshal(text, &kind); err != nil {
		return err
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "v1 PersistentVolumeClaim":
		return strict.UnmarshalStrict(text, new(corev1.PersistentVolumeClaim))
	case "batch/v1 Job":
		var j batchv1.Job
		if err := strict.UnmarshalStrict(text, &j); err != nil {
			return err
		}
		return show(&j)
	}
	return fmt.Errorf("the kind %s %s", kind.APIVersion, kind.Kind)
}

func show(j *batchv1.Job) error {
	shown := job{Completions: 1, Mounts: map[string]string{}}
	if j.Spec.Completions != nil {
		shown.Completions = *j.Spec.Completions
	}
	if indexed := j.Spec.CompletionMode != nil && *j.Spec.CompletionMode == batchv1.IndexedCompletion; indexed != (shown.Completions > 1) {
		return fmt.Errorf("the Job %s has %d completions, and is indexed: %v", j.Name, shown.Completions, indexed)
	}
	pod := j.Spec.Template.Spec
	if len(pod.Containers) != 1 || pod.SecurityContext == nil || pod.SecurityContext.RunAsUser == nil || pod.SecurityContext.RunAsGroup == nil {
		return fmt.Errorf("the Job %s has no container, or no user", j.Name)
	}
	shown.User, shown.Group, shown.Args = *pod.SecurityContext.RunAsUser, *pod.SecurityContext.RunAsGroup, pod.Containers[0].Args
	for _, mount := range pod.Containers[0].VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name == mount.Name && volume.PersistentVolumeClaim != nil {
				shown.Mounts[volume.PersistentVolumeClaim.ClaimName] = mount.MountPath
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(shown)
}
