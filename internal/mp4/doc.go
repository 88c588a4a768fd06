// Package mp4 writes MP4 files of one H.264 track (ISO/IEC 14496-12, 14496-14 and 14496-15): what is known of the frames comes before them, so that
// a player can begin with the beginning of a file. A file depends on nothing but what it is made from: there are no times of creation in it.
//
// The package's oracles are a reader of its own in its tests, and ffmpeg, PyAV, OpenCV and decord in the end-to-end tests.
package mp4
