#include <random>

#include <ATen/ATen.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "same_value.h"
#include "serialize/pickle_reader.h"
#include "serialize/pickle_writer.h"

using namespace floatsd::serialize;
using floatsd::Error;
using namespace std::string_literals;

namespace {

Value read(std::string_view pickle, std::string_view storage = "") {
  return read_pickle(pickle, [&](const std::string&, uint64_t) { return storage; });
}

/// A float tensor over storage "0", from the opcodes of its offset, size and stride.
std::string tensor_pickle(const std::string& count, const std::string& geometry) {
  return "\x80\x02"
         "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"s +
         "X\1\0\0\0"
         "0X\3\0\0\0cpu"s +
         count + "tQ" + geometry +
         "\x89"
         "ccollections\nOrderedDict\n)RtR.";
}

}  // namespace

TEST_CASE("A list that is filled after it was remembered is one list everywhere", "[pickle]") {
  const Value twice = read("\x80\x02(]q\0h\0K\7at."s);
  CHECK(same(twice, Tuple{{List{{7}}, List{{7}}}}));
}

TEST_CASE("Integers of every width are read with their sign", "[pickle]") {
  const Value value =
      read("\x80\x02](K\xFFM\xFF\xFFJ\xFF\xFF\xFF\xFF\x8a\0\x8a\1\xFF\x8a\2\xFF\0e."s);
  CHECK(same(value, List{{255, 65535, -1, 0, -1, 255}}));
}

TEST_CASE("A dict keeps integer keys as decimal strings and drops attributes", "[pickle]") {
  const Value value = read(
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(K\3NX\1\0\0\0kNu}X\1\0\0\0mK\1sb."s);
  Dict expected;
  expected.add("3", Value());
  expected.add("k", Value());
  CHECK(same(value, expected));
}

TEST_CASE("A Python function is never called: its result is opaque under its name", "[pickle]") {
  CHECK(same(read("\x80\x02"
                  "cposix\nsystem\nX\2\0\0\0ls\x85R."s),
             Opaque{.name = "posix.system"}));
}

TEST_CASE("Objects of other classes beside plain data are opaque, whatever is put into them",
          "[pickle]") {
  const auto [pickle, name] = GENERATE(table<std::string, std::string>({
      {"cargparse\nNamespace\n)\x81}X\2\0\0\0lrK\1sb"s, "argparse.Namespace"},
      {"ccollections\ndeque\n)RK\1a"s, "collections.deque"},
      {"ccopyreg\n_reconstructor\ncmine\nThing\nc__builtin__\nobject\nN\x87R"s, "mine.Thing"},
      {"cmine\nThing\n"s, "mine.Thing"},
      {"\x8f(K\1\x90"s, "a set"},
      {"(K\1K\2\x91"s, "a set"},
      {"C\2ab"s, "bytes"},
      {"\x8a\x09\1\1\1\1\1\1\1\1\1"s, "an int of more than 64 bits"},
      {"\x8c\4mine\x8c\4make\x93)R"s, "mine.make"},
  }));
  CAPTURE(name);
  CHECK(same(read("\x80\x04(K\7"s + pickle + "t."), Tuple{{7, Opaque{.name = name}}}));
}

TEST_CASE("Every class of dict is a dict", "[pickle]") {
  Dict expected;
  expected.add("k", 5);
  const std::string pickle =
      GENERATE("ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RX\1\0\0\0kK\5s"s,
               "ccollections\nCounter\n}X\1\0\0\0kK\5s\x85R"s,
               "ccollections\nOrderedDict\n]](X\1\0\0\0kK\5ea\x85R"s,
               "cmine\nConfig\n)\x81X\1\0\0\0kK\5s}b"s, "(X\1\0\0\0kK\5d"s);
  CAPTURE(pickle);
  CHECK(same(read("\x80\x02"s + pickle + "."), expected));
}

TEST_CASE("Keys that are no strings are decimal strings or left out", "[pickle]") {
  Dict expected;
  expected.add("1", Value());
  CHECK(same(read("\x80\x02}(K\1NX\1\0\0\0"
                  "1K\2N\x88)K\3u."s),
             expected));
}

TEST_CASE("The opcodes of protocols 1 to 5 are read", "[pickle]") {
  CHECK(same(read("](I7\nL8L\nF0.5\nI99999999999999999999\ne."s),
             List{{7, 8, 0.5, Opaque{.name = "an int of more than 64 bits"}}}));
  CHECK(same(read("\x80\x05\x95\x09\0\0\0\0\0\0\0]\x94(\x8c\1a\x94h\1h\0e0K\1."s), 1));
  CHECK(same(read("\x80\x04](\x8c\1a\x94h\0\x8b\2\0\0\0\0\1\x8d\1\0\0\0\0\0\0\0be."s),
             List{{"a", "a", 256, "b"}}));
}

TEST_CASE("A malformed pickle is refused", "[pickle]") {
  const std::string pickle = GENERATE(
      ""s, "\x80\x02"s, "\x80\x06N."s, "."s, "a."s, "e."s, "t."s, "(."s, "\x87."s, "h\0."s,
      "(t(a."s, "}(Nu."s, "NNb."s, ")NR."s, "NQ."s, ")Q."s, "X\xFF\xFF\xFF\xFFx."s, "ctorch\n"s,
      "I1x\n."s, "K\1K\2\x93."s, "\x97."s, "\xFF."s, "]q\0h\0a."s, "}q\0K\1h\0s."s);
  CAPTURE(pickle);
  CHECK_THROWS_AS(read(pickle), Error);
}

TEST_CASE("A small pickle cannot ask for a value without end", "[pickle]") {
  std::string deep = "\x80\x02"s + std::string(100000, ']') + std::string(99999, 'a') + "."s;
  CHECK_THROWS_AS(read(deep), Error);
  std::string doubling = "\x80\x02)"s;  // each tuple holds the one before twice
  for (int i = 0; i < 60; ++i) {
    doubling += "q\0h\0\x86"s;
  }
  CHECK_THROWS_AS(read(doubling + "."), Error);
}

TEST_CASE("A pickle that refers to one string again and again cannot ask for memory without end",
          "[pickle]") {
  std::string pickle = "\x80\x02](X\0\0\x10\0"s + std::string(1 << 20, 'x') + "q\0"s;
  for (int i = 0; i < 1000; ++i) {
    pickle += "h\0"s;
  }
  CHECK_THROWS_WITH(read(pickle + "e."),
                    "refers to long strings so often that they would take more than 128 MiB");
}

TEST_CASE("A tensor that repeats its elements beyond reason is refused", "[pickle]") {
  const std::string geometry = "K\0\x8a\x05\0\0\0\x80\0\x85K\0\x85"s;  // [2^31], stride 0
  CHECK_THROWS_WITH(read(tensor_pickle("K\2"s, geometry), std::string(8, '\0')),
                    "a tensor does not fit its storage of 2 elements");
}

TEST_CASE("A tensor that reaches outside its storage is refused", "[pickle]") {
  const std::string eight_bytes(8, '\0');
  const std::string two = "K\2"s;
  CHECK(same(read(tensor_pickle(two, "K\0K\2\x85K\1\x85"s), eight_bytes), at::zeros({2})));
  CHECK(same(read(tensor_pickle(two, "K\1))"s), eight_bytes), at::zeros({})));
  const std::string geometry =
      GENERATE("K\1K\2\x85K\1\x85"s, "K\0K\3\x85K\1\x85"s, "K\0K\2\x85K\2\x85"s, "K\2))"s,
               "J\xFF\xFF\xFF\xFF))"s, "K\0J\xFF\xFF\xFF\xFF\x85K\1\x85"s,
               "K\0K\2\x85J\xFF\xFF\xFF\xFF\x85"s, "K\0K\2\x85)"s,
               "K\0\x8a\x08\0\0\0\0\0\0\0\x40K\4\x86K\0K\0\x86"s,
               "K\0K\3\x85\x8a\x08\0\0\0\0\0\0\0\x40\x85"s, "K\3K\0\x85K\1\x85"s, "NNN"s, ""s);
  CAPTURE(geometry);
  CHECK_THROWS_AS(read(tensor_pickle(two, geometry), eight_bytes), Error);
}

TEST_CASE("A storage whose bytes do not make its elements is refused", "[pickle]") {
  const std::string geometry = "K\0))"s;
  CHECK_THROWS_WITH(read(tensor_pickle("K\3"s, geometry), std::string(8, '\0')),
                    "storage '0' has 8 bytes, expected 3 elements of 4");
  CHECK_THROWS_AS(read(tensor_pickle("K\1"s, geometry), std::string(5, '\0')), Error);
  CHECK_THROWS_AS(read(tensor_pickle("J\xFF\xFF\xFF\xFF"s, geometry), ""), Error);
}

TEST_CASE("A pickle with random damage is read or refused, never more", "[pickle]") {
  Dict dict;
  dict.add("w", QuantizedTensor{.codes = at::zeros({2, 4}, at::kChar),
                                .scales = {1, 2},
                                .zero_points = {0, 0},
                                .axis = 0});
  dict.add("b", List{{at::ones({4}, at::kShort), at::kQInt8, 1, 2.5, "x", Tuple{{Value()}}}});
  const std::string pickle = write_pickle(dict).bytes;
  const std::string opcodes = "(ntNKMJGXcRQbhqrjaesu)]}.\x80\x85\x86\x87\x88\x89\x8a";
  const std::string storage(8, '\1');
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = pickle;
    for (auto n = 1 + random() % 3; n > 0; --n) {
      damaged[random() % damaged.size()] =
          random() % 2 == 0 ? opcodes[random() % opcodes.size()] : static_cast<char>(random());
    }
    try {
      read_pickle(damaged, [&](const std::string& key, uint64_t) {
        return std::string_view(storage).substr(0, key == "0" ? 8 : 16);
      });
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 10000);
}
