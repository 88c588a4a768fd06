// Package jpeg makes JPEG files that compress as photographs do, without a picture to begin with.
//
// Files are baseline JPEG (ITU-T T.81) in a JFIF frame: Y'CbCr, chroma at half the resolution, the quantisation tables of Annex K scaled
// to quality 85, its Huffman tables. That is what most programs write by default.
//
// An encoder's work is to transform, quantise and code samples. Nothing of it is done here: quantised coefficients are drawn with
// a spectrum like a photograph's, and are coded at once.
//   - The mean of each block, its DC coefficient, is a point of a random surface with detail of all sizes.
//   - The two lowest AC coefficients follow from the means of the blocks around it, as Annex K.8 tells for smoothing. So there are no
//     edges between blocks.
//   - The others come from a library of coded pieces, of 16 classes of activity. A piece's codes stay, and with them its length; the bits
//     that tell signs and magnitudes are made random anew at each use. So no two uses are alike, and a compressor finds next to
//     nothing, because long codes, which have few such bits, are not in the library.
//
// A file's length is chosen before it is made, and is met to the byte: activity is raised or lowered along the way, and a comment before the
// end takes the few bytes that are left.
//
// What a person sees are soft coloured clouds with grain of varying strength: no edges and no objects.
//
// The package's oracles are image/jpeg in its tests, and Pillow, OpenCV, libjpeg-turbo and ffmpeg in the end-to-end tests.
package jpeg
