// Package h264 makes video clips that every H.264 decoder takes, without a picture to begin with.
//
// Clips are of the constrained baseline profile (ITU-T H.264, A.2.1.1): CAVLC, one slice a frame, one reference frame; 4:2:0. The first frame is
// made of intra macroblocks; in the frames after it macroblocks are intra ones as well, or stay as they were (P_Skip).
//
// An encoder's work is to search, transform, quantise, reconstruct and code samples. Nothing of it is done here: quantised coefficients are drawn
// and coded at once. What makes that possible is a choice of coefficients whose codes do not depend on what is around them.
//   - A macroblock is predicted by the mean of what is around it (Intra_16x16_DC), and its DC coefficients say how its sixteen cells of 4×4 pixels
//     differ from that. How many DC coefficients it has does not count for the codes of others.
//   - A cell has at most one AC coefficient. So has every cell around it, and as long as that is so the table of codes is always the same one (9.2.1).
//
// So macroblocks are put together from a library of coded pieces. The bits of a piece that tell signs are made random anew at each use: no two
// uses are alike, and a compressor finds nothing. The sign of a macroblock's mean leads back to grey where it is far from it, so no clip runs into
// white or black.
//
// A clip fills a number of bytes nearly: more or fewer macroblocks change from frame to frame, and have AC coefficients.
//
// What a person sees are soft pastel clouds of small cells, of which regions change from frame to frame: no edges and no objects.
//
// The package's oracles are a reader of its own in its tests, and ffmpeg, PyAV, OpenCV and decord in the end-to-end tests.
package h264
