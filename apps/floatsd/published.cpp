// What is known beforehand of the data sets that can be fetched.

#include <array>

#include "core/names.h"
#include "fetch.h"

namespace floatsd::app {
namespace {

Checksum sha256(const char* digits) { return {.digest = Digest::kSha256, .digits = digits}; }
Checksum md5(const char* digits) { return {.digest = Digest::kMd5, .digits = digits}; }

PublishedDataset mnist() {
  return {
      .name = "mnist",
      .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                  "https://storage.googleapis.com/cvdf-datasets/mnist/"},
      .files = {{"train-images-idx3-ubyte", 47040016,
                 sha256("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db")},
                {"train-labels-idx1-ubyte", 60008,
                 sha256("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5")},
                {"t10k-images-idx3-ubyte", 7840016,
                 sha256("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7")},
                {"t10k-labels-idx1-ubyte", 10008,
                 sha256("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")}},
  };
}

/// Of the unpacked files only MD5s are published; they tell which are there already.
PublishedDataset cifar10() {
  constexpr size_t kBatch = 30'730'000;
  return {
      .name = "cifar10",
      .mirrors = {"https://www.cs.toronto.edu/~kriz/"},
      .files = {{"data_batch_1.bin", kBatch, md5("5dd7e06a14cb22eb9f671a540d1b7c25")},
                {"data_batch_2.bin", kBatch, md5("5ea93a67294ea407fff1d09f752e9692")},
                {"data_batch_3.bin", kBatch, md5("942cd6a4bcdd0dd3c604fbe906cb4421")},
                {"data_batch_4.bin", kBatch, md5("ae636b3ba5c66a11e91e8cb52e771fcb")},
                {"data_batch_5.bin", kBatch, md5("53f37980c15c3d472c316c40844f3f0d")},
                {"test_batch.bin", kBatch, md5("803d5f7f4d78ea53de84dbe85f74fb6d")}},
      .archive = {{"cifar-10-binary.tar.gz", 170052171,
                   sha256("c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")}},
  };
}

}  // namespace

const PublishedDataset& find_published(const std::string& name) {
  static const std::array<PublishedDataset, 2> kPublished = {mnist(), cifar10()};
  return find_entry("data set", name, kPublished);
}

}  // namespace floatsd::app
