#include "images/image_folder.h"

#include <memory>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/images/open_dataset.h"
#include "images/encoded.h"
#include "temporary_folder.h"

namespace fs = std::filesystem;
using floatsd::data::Dataset;
using floatsd::data::Part;
using floatsd::images::ImageSize;
using floatsd::images::load_image_folder;
using floatsd::images::scan_image_folder;

namespace {

/// Image files by their path in a folder of the test's own.
class Folder {
 public:
  Folder() = default;
  /// With two classes, and one grey PNG of 2 x 3 in each of both parts.
  static Folder whole() {
    return Folder({"train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png"});
  }

  explicit Folder(std::initializer_list<const char*> files) {
    for (const char* file : files) {
      add(file, png(2, 3, 1));
    }
  }
  fs::path add(const std::string& file, const std::string& bytes) const {
    fs::create_directories((*this / file).parent_path());
    floatsd::write_file(*this / file, bytes);
    return *this / file;
  }
  fs::path operator/(const std::string& file) const { return folder_->path() / file; }
  [[nodiscard]] const fs::path& path() const { return folder_->path(); }

 private:
  std::unique_ptr<TemporaryFolder> folder_ = std::make_unique<TemporaryFolder>();
};

Dataset load(const Folder& folder, Part part, const std::optional<ImageSize>& size = {}) {
  return load_image_folder(scan_image_folder(folder.path()), part, size);
}

std::string refusal(const Folder& folder) {
  try {
    load(folder, Part::kTrain);
  } catch (const floatsd::Error& error) {
    std::string message = error.what();
    const std::string root = folder.path().string();
    for (size_t at = message.find(root); at != std::string::npos; at = message.find(root)) {
      message.replace(at, root.size(), "DIR");
    }
    return message;
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("Classes are the training folders, sorted by name, and keep their names",
          "[image_folder]") {
  const Folder folder(
      {"train/b/2.png", "train/b/10.png", "train/a/x.PNG", "train/B/x.png", "test/b/x.png"});
  const Dataset train = load(folder, Part::kTrain);
  CHECK(train.class_names == std::vector<std::string>{"B", "a", "b"});
  CHECK(train.classes == 3);
  CHECK(train.count == 4);
  CHECK(train.labels == std::vector<uint16_t>{0, 1, 2, 2});
  CHECK(train.channels == 1);
  CHECK(train.height == 2);
  CHECK(train.width == 3);
  CHECK(std::vector<uint8_t>(train.images.begin(), train.images.begin() + 6) ==
        pattern(2, 3, 1).pixels);
  const Dataset test = load(folder, Part::kTest);
  CHECK(test.count == 1);
  CHECK(test.labels == std::vector<uint16_t>{2});
  CHECK(test.classes == 3);
}

TEST_CASE("Images come in turns, one of each class", "[image_folder]") {
  const Folder folder({"train/a/1.png", "train/a/2.png", "train/a/3.png", "train/b/1.png",
                       "train/c/1.png", "train/c/2.png", "test/a/1.png"});
  CHECK(load(folder, Part::kTrain).labels == std::vector<uint16_t>{0, 1, 2, 0, 2, 0});
}

TEST_CASE("One coloured image makes all of both parts coloured", "[image_folder]") {
  const Folder folder = Folder::whole();
  static_cast<void>(folder.add("test/b/2.ppm", "P6\n3 2\n255\n" + std::string(18, 'c')));
  const Dataset train = load(folder, Part::kTrain);
  CHECK(train.channels == 3);
  const std::vector<uint8_t> grey = pattern(2, 3, 1).pixels;
  for (size_t i = 0; i < 18; ++i) {
    CHECK(train.images[i] == grey[i % 6]);
  }
}

TEST_CASE("The folder val/ stands for test/, which comes first", "[image_folder]") {
  const Folder folder({"train/a/1.png", "val/a/1.png", "val/a/2.png"});
  CHECK(load(folder, Part::kTest).count == 2);
  static_cast<void>(folder.add("test/a/1.png", png(2, 3, 1)));
  CHECK(load(folder, Part::kTest).count == 1);
}

TEST_CASE("What is no image by its name is passed over, hidden or not", "[image_folder]") {
  const Folder folder = Folder::whole();
  for (const char* file : {"README.txt", "train/labels.csv", "train/.DS_Store", "train/a/Thumbs.db",
                           "train/a/.1.png", "train/a/notes.txt", "train/.cache/x.png"}) {
    static_cast<void>(folder.add(file, "text"));
  }
  CHECK(load(folder, Part::kTrain).count == 2);
}

TEST_CASE("Links to images and to class folders are followed", "[image_folder]") {
  const Folder folder = Folder::whole();
  fs::create_symlink(folder / "train/a/1.png", folder / "train/a/2.png");
  fs::create_directory_symlink(folder / "train/a", folder / "train/c");
  CHECK(load(folder, Part::kTrain).labels == std::vector<uint16_t>{0, 1, 2, 0, 2});
}

TEST_CASE("Images of several sizes are refused, and read when a size is given", "[image_folder]") {
  const Folder folder = Folder::whole();
  static_cast<void>(folder.add("train/b/2.png", png(4, 4, 1)));
  CHECK(refusal(folder) ==
        "DIR/train/b/2.png: 4 x 4 pixels, expected 2 x 3 as the images before it have "
        "(resize makes all one size)");
  const Dataset train = load(folder, Part::kTrain, ImageSize{2, 2});
  CHECK(train.count == 3);
  CHECK(train.height == 2);
  CHECK(train.width == 2);
  CHECK(train.images.size() == 12);
}

TEST_CASE("A folder that is no data set is refused in one line that says why", "[image_folder]") {
  CHECK_THROWS_WITH(scan_image_folder("/none"),
                    "/none: no folder found, expected train/ and test/ in it");
  CHECK(refusal(Folder({"a/1.png", "b/1.png"})) ==
        "DIR: has no train/, expected train/ and test/ (or val/), each with a folder of images a "
        "class");
  CHECK(refusal(Folder({"train/a/1.png"})) ==
        "DIR: has no test/, expected train/ and test/ (or val/), each with a folder of images a "
        "class");
  CHECK(refusal(Folder({"train/1.png", "test/1.png"})) ==
        "DIR/train/1.png: an image beside the class folders, expected it in one");
  const Folder empty = Folder::whole();
  fs::create_directory(empty / "train/c");
  CHECK(refusal(empty) == "DIR/train/c: no image found, expected .png, .jpg, .pgm or .ppm files");
  const Folder without({"test/a/1.png"});
  fs::create_directory(without / "train");
  CHECK(refusal(without) == "DIR/train: no folders found, expected a folder of images a class");
  CHECK(refusal(Folder({"train/a/1.png", "test/b/1.png"})) ==
        "DIR/test/b: a class that train/ has not, expected one of its 1");
  CHECK(refusal(Folder({"train/a/b/1.png", "test/a/1.png"})) ==
        "DIR/train/a/b: a folder inside a folder of images, expected images");
}

TEST_CASE("A file that cannot be an image of the data set is named", "[image_folder]") {
  const auto with = [](const char* file, const std::string& bytes) {
    const Folder folder = Folder::whole();
    static_cast<void>(folder.add(file, bytes));
    return refusal(folder);
  };
  CHECK(with("train/a/2.gif", "GIF89a") ==
        "DIR/train/a/2.gif: a file of a kind that is not read, expected PNG, JPEG, PGM or PPM");
  for (const char* other : {"pbm", "TGA", "heif", "svg", "ico", "psd", "dng", "apng"}) {
    const std::string file = "train/a/2." + std::string(other);
    CHECK(with(file.c_str(), "?") ==
          "DIR/" + file + ": a file of a kind that is not read, expected PNG, JPEG, PGM or PPM");
  }
  CHECK(with("train/a/2.jfif", "hello") ==
        "DIR/train/a/2.jfif: begins like no image that is read, expected PNG, JPEG, or binary PGM "
        "or PPM (P5, P6)");
  CHECK(with("train/a/2.png", "hello") ==
        "DIR/train/a/2.png: begins like no image that is read, expected PNG, JPEG, or binary PGM "
        "or PPM (P5, P6)");
  CHECK(with("train/a/2.png", png(2, 3, 1).substr(0, 50)) ==
        "DIR/train/a/2.png: a PNG that cannot be decoded (cut off), expected an intact file");
  CHECK(with("train/a/2.png", png_beginning(65535, 65535, 8, 0)) ==
        "DIR/train/a/2.png: claims 65535 x 65535 pixels, expected at most 67108864 in all");
  const Folder dangling = Folder::whole();
  fs::create_symlink("nowhere", dangling / "train/a/2.png");
  CHECK(refusal(dangling) == "DIR/train/a/2.png: cannot be read: No such file or directory");
  const Folder loop = Folder::whole();
  fs::create_symlink("2.png", loop / "train/a/2.png");
  CHECK(refusal(loop) == "DIR/train/a/2.png: cannot be read: Too many levels of symbolic links");
}

TEST_CASE("A class's name that is not UTF-8 or has control characters is refused",
          "[image_folder]") {
  CHECK(refusal(Folder({"train/caf\xe9/1.png", "test/a/1.png"})) ==
        "DIR/train: class folder 'caf\\xe9', expected a name of UTF-8 letters");
  CHECK(refusal(Folder({"train/a\nb/1.png", "test/a/1.png"})) ==
        "DIR/train: class folder 'a\\x0ab', expected a name of UTF-8 letters");
  const Folder folder({"train/caf\xc3\xa9/\xe9.png", "test/caf\xc3\xa9/1.png"});
  CHECK(load(folder, Part::kTrain).class_names == std::vector<std::string>{"caf\xc3\xa9"});
}

TEST_CASE("Images that the machine's memory cannot hold are refused before any is decoded",
          "[image_folder]") {
  const Folder folder = Folder::whole();
  floatsd::images::ImageFolder scanned = scan_image_folder(folder.path());
  scanned.size = ImageSize{int64_t{1} << 24, int64_t{1} << 24};
  CHECK_THROWS_WITH(load_image_folder(scanned, Part::kTrain, {}),
                    Catch::Contains("2 images of 1 x 16777216 x 16777216 take 536870912 MiB"));
}

TEST_CASE("Any data set can be opened by its source, and resized", "[open_dataset]") {
  const Folder folder = Folder::whole();
  const std::string idx =
      std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02\x05\x05\x05\x05", 20);
  for (const char* part : {"train", "t10k"}) {
    static_cast<void>(folder.add(std::string(part) + "-images-idx3-ubyte", idx));
    static_cast<void>(folder.add(std::string(part) + "-labels-idx1-ubyte",
                                 std::string("\0\0\x08\x01\0\0\0\x01\x03", 9)));
  }
  const std::string root = folder.path().string();
  const auto open = [&](const std::string& source, const floatsd::images::OpenOptions& options) {
    return open_dataset(floatsd::data::parse_source(source), Part::kTest, options);
  };
  CHECK(open("images:" + root, {}).classes == 2);
  const Dataset resized = open("idx:" + root, {.size = ImageSize{4, 6}});
  CHECK(resized.name == "idx:" + root);
  CHECK(resized.height == 4);
  CHECK(resized.images == std::vector<uint8_t>(24, 5));
  CHECK_THROWS_WITH(open("npy:" + root, {}), Catch::Contains("y_train.npy: not found"));
  CHECK_THROWS_WITH(open("mnist", {.root = folder / "none"}), Catch::StartsWith("mnist: neither"));
}
