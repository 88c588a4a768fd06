package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Command lines that are in use with the Python program, as its users type them, run: each alone, with --seed and with --uuid. They plan as typed, and
// make their rows of small images.
func TestDropIn(t *testing.T) {
	t.Parallel()
	for _, use := range []struct {
		args                   string
		file                   string
		rows, images, distinct int // rows, images in each, and different ones
	}{
		{"-n 1000 --images-per-request 1 --images-pool 200 --user-text-tokens 400 --image-mode base64 --image-dir DIR -o FILE.jsonl", "FILE.jsonl", 1000, 1, 200},
		{"-n 1000 --images-per-request 1 --images-pool 200 --user-text-tokens 400 --image-mode http --image-dir DIR -o FILE.jsonl", "FILE.jsonl", 1000, 1, 200},
		{"single-turn -n 60 --images-per-request 4 --images-pool 192 --user-text-tokens 400 --image-mode base64", "60req_4img_192pool_400word_base64.jsonl", 60, 4, 192},
		{"-n 60 --images-per-request 4 --images-pool 192 --user-text-tokens 400 --image-mode base64", "60req_4img_192pool_400word_base64.jsonl", 60, 4, 192},
		{"--image-mode http -n 700 --images-per-request 30 --images-pool 1000", "700req_30img_1000pool_300word_http.jsonl", 700, 30, 1000},
		{"-n 100 --images-per-request 10 --images-pool 500 --user-text-tokens 3000", "100req_10img_500pool_3000word_base64.jsonl", 100, 10, 500},
		{"sliding-window", "10u_20t_5w_300word_base64.jsonl", 200, 5, 240},
		{"sliding-window --num-users 30 --turns-per-user 8 --window-size 5 --image-size 2400 1080 --image-mode base64 --image-dir DIR --user-text-tokens 8000 -o 30u_8t_5w_8000word_base64.jsonl",
			"30u_8t_5w_8000word_base64.jsonl", 240, 5, 360},
		{"sliding-window --num-users 3 --turns-per-user 4 --window-size 2 --image-mode http --coco-annotations annotations/image_info_test2017.json", "3u_4t_2w_300word_http.jsonl", 12, 2, 15},
		{"video-single-turn -n 20 --videos-per-request 1 --synthetic-video-dir DIR --synthetic-video-size 320 240 --synthetic-video-fps 8 --synthetic-video-seconds 4",
			"20req_1vid_20pool_300word_local.jsonl", 20, 1, 20},
	} {
		for _, more := range []string{"", "--seed 42", "--uuid", "--no-uuid"} {
			video := strings.HasPrefix(use.args, "video")
			if video && strings.Contains(more, "uuid") {
				continue // which it never had
			}
			t.Run(use.args+" "+more, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if err := os.Mkdir(filepath.Join(dir, "annotations"), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "annotations", "image_info_test2017.json"), program.COCO(1200, 0), 0o666); err != nil {
					t.Fatal(err)
				}
				args := append(strings.Fields(use.args), strings.Fields(more)...)
				program.Succeed(t, dir, nil, append(args, "--dry-run")...)
				small := strings.ReplaceAll(strings.Join(args, " "), "--image-size 2400 1080", "--image-size 24 10")
				if small == strings.Join(args, " ") && !video && !strings.Contains(small, "http") {
					small += " --image-size 8 8"
				}
				program.Succeed(t, dir, nil, strings.Fields(small)...)
				content, err := os.ReadFile(filepath.Join(dir, use.file))
				if err != nil {
					t.Fatal(err)
				}
				rows, distinct := 0, map[string]bool{}
				for line := range strings.Lines(string(content)) {
					var row struct {
						Images, Videos []string
						UUIDs          []string `json:"image_uuids"`
						Session        string   `json:"session_id"`
					}
					if err := json.Unmarshal([]byte(line), &row); err != nil {
						t.Fatal(err)
					}
					all := append(row.Images, row.Videos...)
					uuids := 0
					if more == "--uuid" {
						uuids = use.images
					}
					if len(all) != use.images || len(row.UUIDs) != uuids || (row.Session != "") != strings.HasPrefix(use.args, "sliding-window") {
						t.Fatalf("row %d is %.300s", rows, line)
					}
					for _, name := range all {
						distinct[name] = true
					}
					rows++
				}
				if rows != use.rows || len(distinct) != use.distinct {
					t.Errorf("%d rows with %d different images, want %d and %d", rows, len(distinct), use.rows, use.distinct)
				}
			})
		}
	}
}
