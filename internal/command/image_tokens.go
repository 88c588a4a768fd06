package command

import (
	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/media"
	"mmjsonl/internal/model"
	"mmjsonl/internal/problem"
)

// countImageTokens says how many tokens the model makes of the images, where requests are to have a certain length.
func countImageTokens(in *inputs.Generate, c *generator.Config, places files.Places, problems *problem.List) {
	if c.Text.InputTokens == 0 || c.Requests.Images == 0 || in.Model.Get() == "" && len(in.ImageTokens.Get()) == 0 || problems.Blame("model", "image-size", "image-tokens") {
		return
	}
	if c.Media.From != "" {
		problems.Add("input-tokens", "%s: the images of %s have sizes of their own\nleave one of the two out, or give %s", problem.Name("input-tokens"),
			problem.Name("images-from"), problem.Name("user-text-tokens"))
		return
	}
	made := c.Media.Mode != generator.ModeHTTP || c.Media.URLBase != ""
	if !made {
		problems.Add("input-tokens", "%s: the sizes of images at URLs of others are unknown\ngenerate the images, with %s or another %s",
			problem.Name("input-tokens"), problem.Name("image-url-base"), problem.Name("image-mode"))
		return
	}
	tokens := map[media.Size]int64{}
	if len(in.ImageTokens.Get()) > 0 {
		for _, share := range in.ImageTokens.Get() {
			tokens[media.Size(share.Size)] = share.Weight
		}
		for _, share := range c.Media.Sizes {
			if tokens[share.Size] < 1 {
				problems.Add("image-tokens", "%s does not say how many tokens an image of %s is\ngive it like %s:256", problem.Name("image-tokens"), share.Size, share.Size)
				return
			}
		}
		c.Text.OfImage = tokens
		return
	}
	folder := modelFolder(in.Model.Get(), places, problems)
	if folder == nil {
		return
	}
	of, err := model.Read(folder)
	if err != nil {
		problems.Add("model", "%s %q: %s\ngive a folder with the model's config.json, for %s", problem.Name("model"), in.Model.Get(), err, problem.Name("input-tokens"))
		return
	}
	for _, weighted := range c.Media.Sizes {
		image, err := of.Image(weighted.Size.Width, weighted.Size.Height)
		if err != nil {
			problems.Add("image-size", "%s: %s", problem.Name("image-size"), err)
			return
		}
		tokens[weighted.Size] = image.Tokens + of.Marks
	}
	c.Text.OfImage = tokens
}
