#include "serialize/torch_file.h"

#include <ATen/ATen.h>

#include <limits>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "same_value.h"
#include "temporary_folder.h"

using namespace floatsd::serialize;
using floatsd::Error;
using floatsd::read_file;
using floatsd::write_file;

namespace {

Value every_type() {
  Dict tensors;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt,
                          at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.add(at::toString(type), at::arange(6).view({2, 3}).to(type));
  }
  tensors.add("scalar", at::scalar_tensor(1.5));
  tensors.add("empty", at::empty({0, 3}));
  tensors.add("strided", at::arange(12).view({3, 4}).t());
  tensors.add("per channel",
              QuantizedTensor{.codes = at::tensor({1, -64, 0, 32}, at::kChar).view({2, 2}),
                              .scales = {0.1, 0.25},
                              .zero_points = {0, 0},
                              .axis = 0});
  tensors.add("per tensor",
              QuantizedTensor{
                  .codes = at::tensor({1, 255}, at::kByte), .scales = {0.5}, .zero_points = {128}});
  Dict dict;
  dict.add("tensors", tensors);
  dict.add("none", Value());
  dict.add("bools", List{{true, false}});
  dict.add("ints", List{{0, -1, 255, 256, int64_t{INT32_MIN}, int64_t{INT32_MAX} + 1,
                         std::numeric_limits<int64_t>::min()}});
  dict.add("floats", Tuple{{0.1, -0.0, std::numeric_limits<double>::infinity()}});
  dict.add("string", "größer\n");
  dict.add("dtypes", List{{at::kQInt8, at::kFloat, at::kBool}});
  dict.add("nested", List{{Dict{}, List{}, Tuple{}, Tuple{{List{{Tuple{{1}}}}}}}});
  return dict;
}

std::string message_of_loading(const std::filesystem::path& path) {
  try {
    load_torch_file(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A value of every type comes back equal from a torch file", "[torch_file]") {
  const TemporaryFolder folder;
  const Value value = every_type();
  save_torch_file(folder / "f.pt", value);
  CHECK(same(load_torch_file(folder / "f.pt"), value));
}

TEST_CASE("One value gives the same bytes under every path", "[torch_file]") {
  const TemporaryFolder folder;
  save_torch_file(folder / "a.pt", every_type());
  save_torch_file(folder / "another.pt", every_type());
  CHECK(read_file(folder / "a.pt") == read_file(folder / "another.pt"));
}

TEST_CASE("A tensor that was loaded is independent of its file and can be trained",
          "[torch_file]") {
  const TemporaryFolder folder;
  Dict dict;
  dict.add("w", at::ones({2}).requires_grad_(true));
  save_torch_file(folder / "f.pt", dict);
  const Value loaded = load_torch_file(folder / "f.pt");
  std::filesystem::remove(folder / "f.pt");
  at::Tensor w = *loaded.get_if<Dict>()->find("w")->get_if<at::Tensor>();
  CHECK_FALSE(w.requires_grad());
  w.add_(1);
  CHECK(w.equal(at::full({2}, 2.0F)));
}

TEST_CASE("A tensor that no torch file can hold is refused with the path", "[torch_file]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "f.pt").string();
  CHECK_THROWS_WITH(save_torch_file(path, at::zeros({1}, at::kComplexFloat)),
                    path + ": element type ComplexFloat is not one that torch files here hold");
  CHECK_THROWS_WITH(
      save_torch_file(path, QuantizedTensor{.codes = at::zeros({3}, at::kChar),
                                            .scales = {1, 1},
                                            .zero_points = {0, 0},
                                            .axis = 0}),
      path + ": a quantized tensor with 2 scales and 2 zero points, expected 3 of each");
  CHECK_THROWS_AS(save_torch_file(path, at::Tensor()), Error);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("What is no torch file is refused in one line with its path", "[torch_file]") {
  const TemporaryFolder folder;
  const auto path = folder / "f.pt";
  const auto refusal = [&](const std::string& bytes) {
    write_file(path, bytes);
    return message_of_loading(path);
  };
  const std::string where = path.string() + ": ";
  CHECK(refusal("") == where +
                           "is an empty file, expected named tensors (a state dict of torch.save, "
                           "safetensors or .npz): copy or download it again");
  CHECK(refusal("PK\3\4 and so on") ==
        where +
            "is a zip archive that was cut off: its directory is missing; copy or download it "
            "again");
  CHECK(refusal(std::string(1000, '\1')).starts_with(where + "is of no kind that is known here"));
  std::string no_records(22, '\0');
  no_records.replace(0, 4, "PK\5\6");
  CHECK(refusal(no_records).starts_with(where + "is a zip archive, but none that torch.save"));
  CHECK(message_of_loading(folder.path()) ==
        folder.path().string() + ": cannot be read: Is a directory");
}

TEST_CASE("Every truncation of a torch file is refused", "[torch_file]") {
  const TemporaryFolder folder;
  const auto path = folder / "f.pt";
  save_torch_file(path, every_type());
  const std::string bytes = read_file(path);
  for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 400) {
    write_file(path, bytes.substr(0, size));
    CAPTURE(size);
    const std::string message = message_of_loading(path);
    CHECK(message.starts_with(path.string() + ": "));
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("A flipped byte is refused, or changes nothing that is read", "[torch_file]") {
  const TemporaryFolder folder;
  const auto path = folder / "f.pt";
  const Value value = every_type();
  save_torch_file(path, value);
  const std::string bytes = read_file(path);
  int refused = 0;
  for (size_t at = 0; at < bytes.size(); at += 13) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    write_file(path, damaged);
    CAPTURE(at);
    const std::string message = message_of_loading(path);
    if (message.empty()) {
      CHECK(same(load_torch_file(path), value));
    } else {
      CHECK(message.starts_with(path.string() + ": "));
      ++refused;
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("A flipped bit of a tensor's data fails its checksum", "[torch_file]") {
  const TemporaryFolder folder;
  const auto path = folder / "f.pt";
  save_torch_file(path, at::full({64}, 1.5F));
  std::string bytes = read_file(path);
  const size_t data = bytes.find(std::string("\0\0\xC0\x3F", 4));
  REQUIRE(data != std::string::npos);
  bytes[data + 100] ^= 1;
  write_file(path, bytes);
  CHECK(message_of_loading(path) ==
        path.string() +
            ": record 'archive/data/0' is damaged: its bytes do not match its checksum");
}
