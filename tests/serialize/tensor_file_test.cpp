#include "serialize/tensor_file.h"

#include <ATen/ATen.h>

#include <random>

#include "catch.h"
#include "core/file.h"
#include "core/safetensors.h"
#include "floatsd/core/error.h"
#include "same_value.h"
#include "serialize/file_kind.h"
#include "serialize/legacy_torch.h"
#include "serialize/pickle_writer.h"
#include "temporary_folder.h"

using namespace floatsd::serialize;
using floatsd::Error;
using namespace std::string_literals;

namespace {

Value sample() {
  Dict dict;
  dict.add("w", at::arange(6, at::kFloat).view({2, 3}));
  dict.add("q", QuantizedTensor{.codes = at::tensor({1, -64}, at::kChar),
                                .scales = {0.1, 0.25},
                                .zero_points = {0, 0},
                                .axis = 0});
  dict.add("epoch", 3);
  return dict;
}

/// The value as torch.save wrote it before version 1.6.
std::string legacy_file(const Value& value) {
  const Pickle pickle = write_pickle(value);
  Dict machine;
  machine.add("little_endian", true);
  std::string bytes = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
  bytes += write_pickle(1001).bytes + write_pickle(machine).bytes + pickle.bytes;
  List keys;
  for (size_t i = 0; i < pickle.storages.size(); ++i) {
    keys.items.emplace_back(std::to_string(i));
  }
  bytes += write_pickle(keys).bytes;
  for (const at::Tensor& storage : pickle.storages) {
    const int64_t count = storage.numel();
    bytes.append(reinterpret_cast<const char*>(&count), sizeof count);
    bytes.append(static_cast<const char*>(storage.const_data_ptr()), storage.nbytes());
  }
  return bytes;
}

}  // namespace

TEST_CASE("The old format of torch.save holds the same", "[tensor_file]") {
  const std::string file = legacy_file(sample());
  CHECK(file_kind(file) == FileKind::kTorchLegacy);
  CHECK(same(read_legacy_torch(file), sample()));
  for (size_t size = 0; size < file.size(); size += 7) {
    CHECK_THROWS_AS(read_legacy_torch(std::string_view(file).substr(0, size)), Error);
  }
}

TEST_CASE("An old file with random damage is read or refused, never more", "[tensor_file]") {
  const std::string file = legacy_file(sample());
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = file;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      read_legacy_torch(damaged);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("Safetensors are read whatever the order of their header", "[tensor_file]") {
  const TemporaryFolder folder;
  const std::string header = R"({"b":{"dtype":"F16","shape":[1],"data_offsets":[8,10]},)"
                             R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("c":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[10,11]}})";
  const std::string file = std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') +
                           header + "\0\0\x80\x3f\0\0\0\x40"s + "\0\x3c"s + "x";
  floatsd::write_file(folder / "w", file);
  Dict expected;
  expected.add("a", at::tensor({1.0F, 2.0F}));  // in the order of their bytes
  expected.add("b", at::ones({1}, at::kHalf));
  expected.add("c", Opaque{.name = "a tensor of F8_E4M3"});
  CHECK(same(load_tensor_file(folder / "w"), expected));
}

TEST_CASE("A model file is told from other safetensors by its metadata", "[tensor_file]") {
  floatsd::Safetensors file;
  file.metadata = {{"format", "pt"}};
  CHECK(file_kind(floatsd::write_safetensors(file)) == FileKind::kSafetensors);
  file.metadata = {{"format", "floatsd"}};
  CHECK(file_kind(floatsd::write_safetensors(file)) == FileKind::kModel);
}
