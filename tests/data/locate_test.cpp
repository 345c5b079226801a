#include "floatsd/data/locate.h"

#include <cstdlib>
#include <optional>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::data::find_dataset;

namespace {

/// Sets or unsets an environment variable until the end of the test.
class Environment {
 public:
  Environment(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) {
      before_ = before;
    }
    set(value);
  }
  ~Environment() { set(before_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    value ? ::setenv(name_, value->c_str(), 1) : ::unsetenv(name_);
  }

  const char* name_;
  std::optional<std::string> before_;
};

void make_mnist(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / "mnist");
}

}  // namespace

TEST_CASE("The option --data comes before FLOATSD_DATA, and that before the cache", "[locate]") {
  const TemporaryFolder folder;
  for (const char* root : {"option", "variable", "xdg/floatsd/data", "home/.cache/floatsd/data"}) {
    make_mnist(folder / root);
  }
  const Environment home("HOME", (folder / "home").string());
  const Environment no_xdg("XDG_CACHE_HOME", std::nullopt);
  const Environment no_variable("FLOATSD_DATA", std::nullopt);
  CHECK(find_dataset("mnist", {}) == folder / "home/.cache/floatsd/data/mnist");
  const Environment xdg("XDG_CACHE_HOME", (folder / "xdg").string());
  CHECK(find_dataset("mnist", {}) == folder / "xdg/floatsd/data/mnist");
  const Environment variable("FLOATSD_DATA", (folder / "variable").string());
  CHECK(find_dataset("mnist", {}) == folder / "variable/mnist");
  CHECK(find_dataset("mnist", folder / "option") == folder / "option/mnist");
}

TEST_CASE("A root may be the data set's folder itself", "[locate]") {
  const TemporaryFolder mnist;
  floatsd::write_file(mnist / "train-images-idx3-ubyte.gz", "");
  CHECK(find_dataset("mnist", mnist.path()) == mnist.path());
  const TemporaryFolder cifar10;
  floatsd::write_file(cifar10 / "data_batch_1.bin", "");
  CHECK(find_dataset("cifar10", cifar10.path()) == cifar10.path());
}

TEST_CASE("CIFAR-10 lies in the folder that its archive unpacks to", "[locate]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "cifar-10-batches-bin");
  CHECK(find_dataset("cifar10", folder.path()) == folder / "cifar-10-batches-bin");
}

TEST_CASE("MNIST is found as torchvision and as other names have it", "[locate]") {
  for (const char* name : {"train-images.idx3-ubyte", "train-images-idx3-ubyte.gz"}) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "MNIST/raw");
    floatsd::write_file(folder / "MNIST/raw" / name, "");
    CHECK(find_dataset("mnist", folder.path()) == folder / "MNIST/raw");
    CHECK(find_dataset("mnist", folder / "MNIST") == folder / "MNIST/raw");
    CHECK(find_dataset("mnist", folder / "MNIST/raw") == folder / "MNIST/raw");
  }
}

TEST_CASE("CIFAR-10 for Python is named, and how to get what is read", "[locate]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "cifar-10-batches-py");
  const std::string root = folder.path().string();
  CHECK_THROWS_WITH(
      find_dataset("cifar10", folder.path()),
      "cifar10: " + root +
          " (the data folder given) has cifar-10-batches-py, pickles for Python, "
          "which are not read; expected cifar-10-batches-bin: `floatsd data fetch cifar10 " +
          root + "` gets it");
}

TEST_CASE("A named root without the data set is an error, whatever lies elsewhere", "[locate]") {
  const TemporaryFolder folder;
  make_mnist(folder / "variable");
  const std::string empty = (folder / "empty").string();
  const auto message = [&](const std::string& origin) {
    return "mnist: neither " + empty + "/mnist nor train-images-idx3-ubyte in " + empty +
           " exists (" + origin + "), expected one of them: `floatsd data fetch mnist " + empty +
           "` gets it";
  };
  const Environment variable("FLOATSD_DATA", (folder / "variable").string());
  CHECK_THROWS_WITH(find_dataset("mnist", empty), message("the data folder given"));
  const Environment wrong_variable("FLOATSD_DATA", empty);
  CHECK_THROWS_WITH(find_dataset("mnist", {}), message("FLOATSD_DATA"));
}

TEST_CASE("Without any root the message says so", "[locate]") {
  const Environment no_home("HOME", std::nullopt);
  const Environment no_xdg("XDG_CACHE_HOME", std::nullopt);
  const Environment no_variable("FLOATSD_DATA", std::nullopt);
  CHECK_THROWS_WITH(find_dataset("mnist", {}),
                    "data: the data folder, FLOATSD_DATA, XDG_CACHE_HOME and HOME are unset, "
                    "expected one of them");
}

TEST_CASE("An unknown data set is answered with a suggestion", "[locate]") {
  CHECK_THROWS_WITH(find_dataset("minst", {}),
                    "data set 'minst' is unknown: did you mean 'mnist'?");
}
