#include "floatsd/runtime/model_file.h"

#include <random>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "runtime/safetensors.h"
#include "sample_program.h"
#include "temporary_folder.h"

using namespace floatsd::runtime;
using Catch::Matchers::Contains;
using floatsd::read_file;
using floatsd::write_file;

namespace {

void require_equal(const Program& a, const Program& b) {
  REQUIRE(a.network == b.network);
  REQUIRE(a.input_shape == b.input_shape);
  REQUIRE(a.input == b.input);
  REQUIRE(a.ops.size() == b.ops.size());
  for (size_t i = 0; i < a.ops.size(); ++i) {
    REQUIRE(a.ops[i].name == b.ops[i].name);
    REQUIRE(a.ops[i].inputs == b.ops[i].inputs);
    REQUIRE(requantization(a.ops[i]) == requantization(b.ops[i]));
    REQUIRE(weights(a.ops[i]).levels == weights(b.ops[i]).levels);
    REQUIRE(weights(a.ops[i]).scales == weights(b.ops[i]).scales);
    REQUIRE(weights(a.ops[i]).shape == weights(b.ops[i]).shape);
    REQUIRE(weights(a.ops[i]).format == weights(b.ops[i]).format);
  }
}

/// Saves a file whose header has `from` replaced by `to`, of any length.
void save_edited(const std::filesystem::path& source, const std::filesystem::path& target,
                 const std::string& from, const std::string& to) {
  Safetensors file = read_safetensors(read_file(source));
  std::string& program = file.metadata["program"];
  const size_t at = program.find(from);
  REQUIRE(at != std::string::npos);
  program.replace(at, from.size(), to);
  write_file(target, write_safetensors(file));
}

}  // namespace

TEST_CASE("A model comes back as it was saved, and saves to the same bytes", "[model_file]") {
  const TemporaryFolder folder;
  const Program program = small_sample().get();
  save_model(program, folder / "a.safetensors");
  const Program loaded = load_model(folder / "a.safetensors");
  require_equal(loaded, program);
  CHECK(std::get<Conv2d>(loaded.ops[0].body).pool == 2);
  save_model(loaded, folder / "b.safetensors");
  CHECK(read_file(folder / "a.safetensors") == read_file(folder / "b.safetensors"));
}

TEST_CASE("A model cut off anywhere is refused", "[model_file]") {
  const TemporaryFolder folder;
  save_model(small_sample().get(), folder / "whole");
  const std::string bytes = read_file(folder / "whole");
  for (size_t length = 0; length < bytes.size(); length += 1 + length / 50) {
    write_file(folder / "cut", std::string_view(bytes).substr(0, length));
    REQUIRE_THROWS_AS(load_model(folder / "cut"), floatsd::Error);
  }
  write_file(folder / "long", bytes + "x");
  CHECK_THROWS_WITH(load_model(folder / "long"), Contains("1 bytes left over behind the tensors"));
}

TEST_CASE("A model with any byte changed is refused or still valid", "[model_file]") {
  const TemporaryFolder folder;
  save_model(small_sample().get(), folder / "whole");
  const std::string bytes = read_file(folder / "whole");
  std::mt19937 random(4);
  for (int i = 0; i < 3000; ++i) {
    std::string changed = bytes;
    changed[random() % changed.size()] = static_cast<char>(random());
    try {
      const Safetensors file = read_safetensors(changed);
      write_file(folder / "changed", changed);
      validate(load_model(folder / "changed"));
    } catch (const floatsd::Error&) {
      continue;  // refused; anything else fails the test
    }
  }
}

TEST_CASE("A file of another kind is refused by name", "[model_file]") {
  const TemporaryFolder folder;
  const auto path = folder / "f";
  const auto message = [&](const std::string& bytes) {
    write_file(path, bytes);
    return [&] { load_model(path); };
  };
  CHECK_THROWS_WITH(message("")(), path.string() + ": 0 bytes, too few for a safetensors file");
  CHECK_THROWS_WITH(message(std::string(20, '\xFF'))(), Contains("truncated, or no safetensors file"));
  CHECK_THROWS_WITH(message(std::string("\2\0\0\0\0\0\0\0[]", 10))(),
                    path.string() + ": its header is no JSON object");
  CHECK_THROWS_WITH(message(write_safetensors({}))(),
                    path.string() + ": its header is no JSON object");
  CHECK_THROWS_WITH(message(write_safetensors({.metadata = {{"format", "pt"}}}))(),
                    path.string() + ": a safetensors file, but no floatsd model");
  CHECK_THROWS_WITH(
      message(write_safetensors(
          {.metadata = {{"format", "floatsd"}, {"version", "2"}, {"program", "{}"}}}))(),
      path.string() + ": model version 2, expected 1");
  CHECK_THROWS_AS(message(write_safetensors({.metadata = {{"format", "floatsd"},
                                                          {"version", "1"},
                                                          {"program", "{}"}}}))(),
                  floatsd::Error);
}

TEST_CASE("A header nested deep enough to exhaust the stack is refused", "[model_file]") {
  const TemporaryFolder folder;
  const std::string deep(2'000'000, '[');
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(deep.size() >> (8 * i));
  }
  write_file(folder / "deep", bytes + deep);
  CHECK_THROWS_AS(load_model(folder / "deep"), floatsd::Error);
}

TEST_CASE("A program that does not fit its tensors is refused", "[model_file]") {
  const TemporaryFolder folder;
  save_model(small_sample().get(), folder / "whole");
  const auto refuses = [&](const std::string& from, const std::string& to, const char* message) {
    INFO(from << " -> " << to);
    save_edited(folder / "whole", folder / "edited", from, to);
    CHECK_THROWS_WITH(load_model(folder / "edited"), Contains(message));
    CHECK_THROWS_AS(load_model(folder / "edited"), floatsd::Error);
  };
  refuses("\"op0\"", "\"opX\"", "tensor opX.weight_scale is missing");
  refuses("\"linear\"", "\"lineal\"", "operator kind 'lineal' is unknown");
  refuses("per-channel", "per-kanal", "granularity 'per-kanal' is unknown");
  refuses("[5,2,3,3]", "[5,2,3,4]", "floatsd4: 45 bytes, expected 60 for 120 weights");
  refuses("[5,2,3,3]", "[-5,2,3,3]", "a weight shape that is empty or too large");
  refuses("[5,2,3,3]", "[5,2,300000,300000]", "a weight shape that is empty or too large");
  refuses("\"shape\":[2,9,8]", "\"shape\":[2,9]", "expected a shape [C, H, W]");
  refuses("\"stride\":1", "\"stride\":\"1\"", "its program is not as expected");
  refuses("\"relu\":true", "\"rely\":true", "its program is not as expected");
}

TEST_CASE("A weight that is no level is named with layer, place and code", "[model_file]") {
  const TemporaryFolder folder;
  save_model(small_sample().get(), folder / "whole");
  Safetensors file = read_safetensors(read_file(folder / "whole"));
  for (auto& [name, tensor] : file.tensors) {
    if (name == "op1.weight") {
      tensor.bytes[9] = '\x80';
    }
  }
  write_file(folder / "tampered", write_safetensors(file));
  CHECK_THROWS_AS(load_model(folder / "tampered"), floatsd::FormatViolation);
  CHECK_THROWS_WITH(load_model(folder / "tampered"),
                    (folder / "tampered").string() +
                        ": op1.weight: int8: weight 9 has code 128, which is no level's");
}
