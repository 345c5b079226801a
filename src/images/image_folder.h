#pragma once
// Image folder: the data set of `images:DIR`, one folder of image files a class.
//
//   DIR/train/cat/1.png  DIR/train/dog/a.jpg  DIR/test/cat/2.png  ...     (or val/ for test/)

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/images/image.h"

namespace floatsd::images {

struct ImageFile {
  std::filesystem::path path;
  uint16_t label = 0;
};

/// What a folder holds, by its files' names and headers; no pixels yet.
struct ImageFolder {
  std::filesystem::path root;
  std::vector<std::string> class_names;  ///< of train/, sorted by their bytes: the labels' order
  std::vector<ImageFile> train, test;    ///< class by class, sorted by name
  int64_t channels = 1;                  ///< 1 if all images of both parts are grey, else 3
  std::optional<ImageSize> size;         ///< of all images; nothing: they differ
  ImageSize other_size;                  ///< if they differ: of the first that differs from
  std::filesystem::path other;           ///< the first of all, and its file
  ImageSize first_size;                  ///< of the first of all
};

/// The images of one folder, sorted by the bytes of their names. Throws Error if it cannot be read,
/// has a folder in it, or no image; which files are images is said below.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);
/// The same, which gives the error of a folder in it, or of an image of a kind that is not read, to
/// `on_refused` and goes on.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder,
                                               const std::function<void(const Error&)>& on_refused);

/// Files that end in .png, .jpg, .jpeg, .jpe, .jfif, .pgm, .ppm or .pnm (in any case) are images;
/// names that begin with a dot, __MACOSX, and files of other endings are passed over, but not
/// images of a kind that is not read (.gif, .bmp, .webp, .tif ...). A class of train/ may be
/// missing in test/. Links are followed. Throws Error, one line that names the file or folder, if a
/// folder is missing or without images, test/ has a class that train/ has not, a class's name is
/// not UTF-8, an image's header is not read, or there are more than kMostClasses classes.
ImageFolder scan_image_folder(const std::filesystem::path& root,
                              const OnProgress& on_progress = {});

/// The images of a part, each made `resized` if that is given (see resize.h). Throws Error if they
/// are of different sizes without it, a file cannot be decoded, or memory would not hold them.
data::Dataset load_image_folder(const ImageFolder& folder, data::Part part,
                                const std::optional<ImageSize>& resized,
                                const OnProgress& on_progress = {});

}  // namespace floatsd::images
