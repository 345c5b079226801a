// Files that something happened to. More of them, N from seed S on:
//
//   FLOATSD_MUTATIONS=1000000 FLOATSD_SEED=7 test_interchange "[mutations]"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "interchange/sample_model.h"

using namespace floatsd;

namespace {

/// Whether a damaged file is taken; what refuses it is an Error of one line.
bool is_taken(const std::string& bytes) {
  try {
    interchange::import_onnx(bytes, "net.onnx");
    return true;
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK_THAT(message, Catch::StartsWith("net.onnx: "));
    return false;
  }
}

uint64_t number(const char* name, uint64_t missing) {
  const char* text = std::getenv(name);
  return text == nullptr ? missing : std::strtoull(text, nullptr, 10);
}

/// One of the things that happen to files.
std::string mutated(std::string bytes, std::mt19937_64& random) {
  const auto place = [&] { return random() % bytes.size(); };
  switch (random() % 6) {
    case 0:
      bytes[place()] ^= static_cast<char>(1 << random() % 8);
      break;
    case 1:
      bytes[place()] = static_cast<char>(random());
      break;
    case 2:
      bytes.erase(place(), random() % 16 + 1);
      break;
    case 3:
      bytes.insert(place(), std::string(random() % 9 + 1, static_cast<char>(random())));
      break;
    case 4: {  // a part of it once more
      const size_t from = place();
      bytes.insert(place(), bytes.substr(from, random() % 64));
      break;
    }
    default: {  // a varint as large as there are
      const size_t at = place();
      bytes.replace(at, 1, std::string(9, '\xff') + '\x01');
    }
  }
  return bytes;
}

/// Numbers and names, where mutations of the file's structure change the most: weights are few.
std::string small_file() { return emit::onnx::serialize(sample::model()); }

}  // namespace

TEST_CASE("A file cut off anywhere is refused", "[interchange]") {
  const std::string whole = small_file();
  REQUIRE(is_taken(whole));
  size_t taken = 0;
  for (size_t length = 0; length < whole.size(); ++length) {
    taken += is_taken(whole.substr(0, length)) ? 1 : 0;
  }
  CHECK(taken == 0);
}

TEST_CASE("A changed file is taken or refused in one line", "[interchange][mutations]") {
  const std::string whole = small_file();
  const uint64_t first = number("FLOATSD_SEED", 1);
  const uint64_t count = number("FLOATSD_MUTATIONS", 3000);
  uint64_t taken = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::string bytes = whole;
    for (uint64_t i = 0; i <= seed % 3; ++i) {
      bytes = mutated(std::move(bytes), random);
    }
    taken += is_taken(bytes) ? 1 : 0;
  }
  CHECK(taken > count / 100);  // those whose weights alone have changed
  CHECK(taken < count);
}
