#include "images/image_folder.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "core/machine_memory.h"
#include "core/utf8.h"
#include "floatsd/core/error.h"
#include "images/resize.h"

namespace floatsd::images {
namespace {

namespace fs = std::filesystem;

std::string lower_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return ending;
}

template <size_t N>
bool is_one_of(const std::string& ending, const std::array<const char*, N>& endings) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// By its name. Throws Error on one of a kind that is not read.
bool is_image(const fs::path& path) {
  constexpr std::array kRead = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".pgm", ".ppm", ".pnm"};
  constexpr std::array kNotRead = {
      ".gif", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".jp2", ".j2k",
      ".jxl", ".jxr", ".pbm", ".pam",  ".pfm", ".tga",  ".apng", ".mpo",  ".ico",  ".psd", ".exr",
      ".hdr", ".pcx", ".svg", ".eps",  ".dng", ".cr2",  ".cr3",  ".nef",  ".arw",  ".raw", ".qoi",
      ".dds", ".xbm", ".xpm", ".ras",  ".npy", ".npz",  ".mat",  ".dcm"};
  const std::string ending = lower_ending(path);
  if (is_one_of(ending, kNotRead)) {
    throw Error(path.string() +
                ": a file of a kind that is not read, expected PNG, JPEG, PGM or PPM");
  }
  return is_one_of(ending, kRead);
}

/// Names that programs hide or leave beside a user's own: those of dots, and what macOS packs into
/// archives.
bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') || name == "__MACOSX";
}

/// What a folder holds, sorted by the bytes of the names, without hidden names.
std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    if (!is_hidden(entry->path())) {
      found.push_back(entry->path());
    }
  }
  if (code) {
    throw Error(folder.string() + ": cannot be read: " + code.message());
  }
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return a.filename().native() < b.filename().native();
  });
  return found;
}

/// Links are followed; what cannot be reached is no folder.
bool is_folder(const fs::path& path) {
  std::error_code unreachable;
  return fs::is_directory(path, unreachable);
}

/// Whether what lies in a folder of images is one. Throws Error on a folder too.
bool is_image_inside(const fs::path& path) {
  if (is_folder(path)) {
    throw Error(path.string() + ": a folder inside a folder of images, expected images");
  }
  return is_image(path);
}

/// For an error: with bytes that are no letters written out.
std::string escaped(const std::string& name) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 15];
    }
  }
  return text;
}

std::string class_name(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const bool has_control = std::any_of(name.begin(), name.end(),
                                       [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
  if (!is_utf8(name) || has_control) {
    throw Error(folder.parent_path().string() + ": class folder '" + escaped(name) +
                "', expected a name of UTF-8 letters");
  }
  return name;
}

struct ClassFolder {
  fs::path path;
  std::string name;
};

std::vector<ClassFolder> class_folders(const fs::path& part) {
  std::vector<ClassFolder> classes;
  for (const fs::path& entry : entries(part)) {
    if (is_folder(entry)) {
      classes.push_back({entry, class_name(entry)});
    } else if (is_image(entry)) {
      throw Error(entry.string() + ": an image beside the class folders, expected it in one");
    }
  }
  if (classes.empty()) {
    throw Error(part.string() + ": no folders found, expected a folder of images a class");
  }
  return classes;
}

[[noreturn]] void fail_without_part(const fs::path& root, const char* missing) {
  throw Error(root.string() + ": has no " + missing +
              ", expected train/ and test/ (or val/), each with a folder of images a class");
}

fs::path test_folder(const fs::path& root) {
  for (const char* name : {"test", "val"}) {
    if (is_folder(root / name)) {
      return root / name;
    }
  }
  fail_without_part(root, "test/");
}

/// The first image of each class, then the second of each, and so on: the first N images, on which
/// a network is calibrated for instance, are of all classes.
std::vector<ImageFile> in_turns(const std::vector<std::vector<ImageFile>>& classes) {
  size_t most = 0;
  for (const std::vector<ImageFile>& files : classes) {
    most = std::max(most, files.size());
  }
  std::vector<ImageFile> turns;
  for (size_t turn = 0; turn < most; ++turn) {
    for (const std::vector<ImageFile>& files : classes) {
      if (turn < files.size()) {
        turns.push_back(files[turn]);
      }
    }
  }
  return turns;
}

/// Labels the images of a part; classes are those of train/, sorted.
std::vector<ImageFile> list_part(const fs::path& part, const std::vector<std::string>& names) {
  std::vector<std::vector<ImageFile>> classes;
  for (const ClassFolder& folder : class_folders(part)) {
    const auto found = std::lower_bound(names.begin(), names.end(), folder.name);
    if (found == names.end() || *found != folder.name) {
      throw Error(folder.path.string() + ": a class that train/ has not, expected one of its " +
                  std::to_string(names.size()));
    }
    std::vector<ImageFile>& files = classes.emplace_back();
    for (const fs::path& image : list_images(folder.path)) {
      files.push_back({image, static_cast<uint16_t>(found - names.begin())});
    }
  }
  return in_turns(classes);
}

void read_headers(const std::vector<ImageFile>& files, ImageFolder& folder, Work& work) {
  for (const ImageFile& file : files) {
    const ImageHeader header = read_header(file.path);
    folder.channels = std::max(folder.channels, header.channels);
    if (folder.first_size == ImageSize{}) {
      folder.first_size = header.size;
      folder.size = header.size;
    } else if (folder.size && header.size != *folder.size) {
      folder.size.reset();
      folder.other_size = header.size;
      folder.other = file.path;
    }
    work.advance(1);
  }
}

std::string text(const ImageSize& size) {
  return std::to_string(size.height) + " x " + std::to_string(size.width);
}

}  // namespace

std::vector<fs::path> list_images(const fs::path& folder) {
  return list_images(folder, [](const Error& error) { throw error; });
}

std::vector<fs::path> list_images(const fs::path& folder,
                                  const std::function<void(const Error&)>& on_refused) {
  std::vector<fs::path> images;
  bool refused = false;
  for (const fs::path& entry : entries(folder)) {
    try {
      if (is_image_inside(entry)) {
        images.push_back(entry);
      }
    } catch (const Error& error) {
      on_refused(error);
      refused = true;
    }
  }
  if (images.empty() && !refused) {
    throw Error(folder.string() + ": no image found, expected .png, .jpg, .pgm or .ppm files");
  }
  return images;
}

ImageFolder scan_image_folder(const fs::path& root, const OnProgress& on_progress) {
  ImageFolder folder{.root = root};
  if (!is_folder(root)) {
    throw Error(root.string() + ": no folder found, expected train/ and test/ in it");
  }
  if (!is_folder(root / "train")) {
    fail_without_part(root, "train/");
  }
  const fs::path test = test_folder(root);
  for (const ClassFolder& each : class_folders(root / "train")) {
    folder.class_names.push_back(each.name);
  }
  if (static_cast<int64_t>(folder.class_names.size()) > data::kMostClasses) {
    throw Error((root / "train").string() + ": " + std::to_string(folder.class_names.size()) +
                " class folders, expected at most " + std::to_string(data::kMostClasses));
  }
  folder.train = list_part(root / "train", folder.class_names);
  folder.test = list_part(test, folder.class_names);
  Work work(on_progress, "look at images", "files",
            static_cast<int64_t>(folder.train.size() + folder.test.size()));
  read_headers(folder.train, folder, work);
  read_headers(folder.test, folder, work);
  return folder;
}

data::Dataset load_image_folder(const ImageFolder& folder, data::Part part,
                                const std::optional<ImageSize>& resized,
                                const OnProgress& on_progress) {
  if (!resized && !folder.size) {
    throw Error(folder.other.string() + ": " + text(folder.other_size) + " pixels, expected " +
                text(folder.first_size) +
                " as the images before it have (resize makes all one size)");
  }
  const std::vector<ImageFile>& files = part == data::Part::kTrain ? folder.train : folder.test;
  const ImageSize size = resized ? *resized : *folder.size;
  data::Dataset dataset{.name = "images:" + folder.root.string(),
                        .count = static_cast<int64_t>(files.size()),
                        .channels = folder.channels,
                        .height = size.height,
                        .width = size.width,
                        .classes = static_cast<int>(folder.class_names.size()),
                        .class_names = folder.class_names};
  const int64_t bytes = dataset.count * dataset.image_size();
  if (bytes > machine_memory()) {
    throw Error(dataset.name + ": " + std::to_string(dataset.count) + " images of " +
                std::to_string(dataset.channels) + " x " + text(size) + " take " +
                std::to_string(bytes >> 20) + " MiB, expected at most the machine's " +
                std::to_string(machine_memory() >> 20) + " (resize makes them smaller)");
  }
  dataset.images.reserve(static_cast<size_t>(bytes));
  Work work(on_progress, "read images", "images", dataset.count);
  for (const ImageFile& file : files) {
    const Image image = read_image(file.path);
    std::vector<uint8_t> pixels = planes(image, folder.channels);
    if (image.header.size != size) {
      pixels = resize(pixels, folder.channels, image.header.size, size);
    }
    dataset.images.insert(dataset.images.end(), pixels.begin(), pixels.end());
    dataset.labels.push_back(file.label);
    work.advance(1);
  }
  return dataset;
}

}  // namespace floatsd::images
