// crictl is what kind and a person need of the real one on a node: `kind load`
// asks `crictl inspecti`, a person looks at `images`, `ps` and `pods`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const socket = "unix:///run/containerd/containerd.sock"

func inspectImage(ctx context.Context, images cri.ImageServiceClient, name string) error {
	answer, err := images.ImageStatus(ctx, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}})
	if err != nil {
		return err
	}
	if answer.Image == nil {
		return fmt.Errorf("no such image %q present", name)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{"status": map[string]any{
		"id": answer.Image.Id, "repoTags": answer.Image.RepoTags,
		"repoDigests": answer.Image.RepoDigests, "size": fmt.Sprint(answer.Image.Size)}})
}

func listImages(ctx context.Context, images cri.ImageServiceClient) error {
	answer, err := images.ListImages(ctx, &cri.ListImagesRequest{})
	for _, i := range answer.GetImages() {
		fmt.Printf("%v\t%.19s\t%d\n", i.RepoTags, i.Id, i.Size)
	}
	return err
}

func listContainers(ctx context.Context, runtime cri.RuntimeServiceClient) error {
	answer, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{})
	for _, c := range answer.GetContainers() {
		fmt.Printf("%.13s\t%s\t%s\t%s/%s\n", c.Id, c.State, c.Metadata.Name,
			c.Labels["io.kubernetes.pod.namespace"], c.Labels["io.kubernetes.pod.name"])
	}
	return err
}

func listPods(ctx context.Context, runtime cri.RuntimeServiceClient) error {
	answer, err := runtime.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
	for _, p := range answer.GetItems() {
		fmt.Printf("%.13s\t%s\t%s/%s\n", p.Id, p.State, p.Metadata.Namespace, p.Metadata.Name)
	}
	return err
}

func run(args []string) error {
	connection, err := grpc.NewClient(socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	images, runtime := cri.NewImageServiceClient(connection), cri.NewRuntimeServiceClient(connection)
	switch {
	case len(args) == 2 && args[0] == "inspecti":
		return inspectImage(ctx, images, args[1])
	case len(args) == 1 && args[0] == "images":
		return listImages(ctx, images)
	case len(args) == 1 && args[0] == "ps":
		return listContainers(ctx, runtime)
	case len(args) == 1 && args[0] == "pods":
		return listPods(ctx, runtime)
	}
	return fmt.Errorf("usage: crictl inspecti IMAGE | images | ps | pods")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
