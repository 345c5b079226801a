#include "check/baseline.h"

#include <string>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;
using namespace floatsd::check;
using Catch::Contains;

namespace {

const std::string kChecksum(64, 'a');

/// An integer network of one layer.
std::string text() {
  return R"({"floatsd_baseline": 1, "network": "integer",
  "images": {"dataset": "mnist", "count": 10000, "sha256": ")" +
         kChecksum + R"("},
  "measures": {
    "accuracy": {"value": 98.31, "tolerance": 0.5},
    "right_images": {"value": 9831, "tolerance": 50},
    "mismatches": {"value": 0, "tolerance": 0},
    "bytes": {"value": 63884, "tolerance": 0},
    "multiplications": {"value": 410, "tolerance": "2 %"},
    "accumulator_bounds": {"conv1": {"value": 5000, "tolerance": "12.5%"}},
    "speed": {"value": 7.5, "tolerance": "20 %"}
  },
  "exact": {"sha256": ")" +
         kChecksum + R"(", "libtorch": "2.13.0", "cpu_capability": "AVX2",
    "layers": {"conv1": ")" +
         kChecksum + R"("}}
})";
}

std::string with(const std::string& before, const std::string& after) {
  std::string changed = text();
  const size_t at = changed.find(before);
  REQUIRE(at != std::string::npos);
  return changed.replace(at, before.size(), after);
}

void refuses(const std::string& file, const std::string& message) {
  INFO(file);
  CHECK_THROWS_WITH(parse_baseline(file, "b.json"),
                    Catch::StartsWith("b.json: ") && Contains(message) && !Contains("\n"));
}

}  // namespace

TEST_CASE("A baseline is read with values and tolerances in both units", "[baseline]") {
  const Baseline baseline = parse_baseline(text(), "b.json");
  CHECK(baseline.kind == NetworkKind::kInteger);
  CHECK(baseline.images.dataset == "mnist");
  CHECK(baseline.images.count == 10000);
  REQUIRE(baseline.find("accuracy", "") != nullptr);
  CHECK(baseline.find("accuracy", "")->measure.value == 98.31);
  CHECK(baseline.find("accuracy", "")->tolerance == Tolerance{0.5});
  CHECK(baseline.find("multiplications", "")->tolerance == Tolerance{2, Tolerance::Unit::kPercent});
  CHECK(baseline.find("accumulator_bounds", "conv1")->tolerance ==
        Tolerance{12.5, Tolerance::Unit::kPercent});
  CHECK(baseline.find("accumulator_bounds", "conv2") == nullptr);
  REQUIRE(baseline.exact);
  CHECK(baseline.exact->layers.at(0).name == "conv1");
}

TEST_CASE("A baseline that is written is read back, and written the same", "[baseline]") {
  const std::string written = to_json(parse_baseline(text(), "b.json"));
  CHECK(to_json(parse_baseline(written, "again")) == written);
  CHECK_THAT(written, Contains("    \"accuracy\": {\"value\": 98.31, \"tolerance\": 0.5},\n"));
  CHECK_THAT(written, Contains("      \"conv1\": {\"value\": 5000, \"tolerance\": \"12.5 %\"}\n"));
}

TEST_CASE("A baseline of a float network has accuracy and right images alone", "[baseline]") {
  const std::string file = R"({"floatsd_baseline": 1, "network": "float",
    "images": {"dataset": "mnist", "count": 10, "sha256": ")" +
                           kChecksum + R"("},
    "measures": {"accuracy": {"value": 90, "tolerance": 1},
                 "right_images": {"value": 9, "tolerance": 0})";
  CHECK(parse_baseline(file + "}}", "b.json").expectations.size() == 2);
  refuses(file + R"(, "bytes": {"value": 1, "tolerance": 0}}})", "unknown key 'bytes'");
}

TEST_CASE("A key that is unknown, missing or there twice is named", "[baseline]") {
  refuses(with("\"network\"", "\"netwerk\""), "unknown key 'netwerk'");
  refuses(with("\"count\": 10000, ", ""), "images: no key 'count'");
  refuses(with("\"bytes\": {\"value\": 63884, \"tolerance\": 0},", ""), "measures: no key 'bytes'");
  refuses(with("\"bytes\"", "\"octets\""), "measures: unknown key 'octets'");
  refuses(with("{\"value\": 63884, \"tolerance\": 0}", "{\"value\": 63884}"),
          "bytes: no key 'tolerance'");
  refuses(with("{\"value\": 63884,", "{\"value\": 63884, \"toleranze\": 1,"),
          "bytes: unknown key 'toleranze'");
  refuses(with("\"libtorch\": \"2.13.0\", ", ""), "exact: no key 'libtorch'");
  refuses(with("\"bytes\"", "\"accuracy\""), "accuracy");
}

TEST_CASE("A value of another type or out of range is named", "[baseline]") {
  refuses(with("98.31", "\"98.31\""),
          "accuracy: value is \"98.31\", expected a number from 0 to 100");
  refuses(with("98.31", "100.5"), "accuracy: value is 100.5");
  refuses(with("9831,", "9831.5,"), "right_images: value is 9831.5, expected a whole number");
  refuses(with("63884", "-1"), "bytes: value is -1");
  refuses(with("63884", "1e300"), "bytes: value is 1e+300");
  refuses(with("7.5", "null"), "speed: value is null");
  refuses(with("5000", "[]"), "accumulator_bounds: conv1: value is []");
  refuses(with("{\"conv1\": {\"value\": 5000, \"tolerance\": \"12.5%\"}}", "3"),
          "accumulator_bounds: 3, expected an object");
  refuses(with("{\"value\": 63884, \"tolerance\": 0}", "63884"),
          "bytes: 63884, expected an object");
  refuses(with("\"mnist\"", "1"), "dataset is 1, expected a text");
  refuses(with("10000", "0"), "count is 0, expected at least 1");
  refuses(with("10000", "1.5"), "images: count 1.5");
  refuses(with(kChecksum, "abc"), "images: sha256 is \"abc\", expected the 64 digits");
  refuses(with("\"integer\"", "\"analog\""), "network is 'analog', expected 'integer' or 'float'");
}

TEST_CASE("A tolerance that is none is named", "[baseline]") {
  for (const char* tolerance : {"-0.1", "\"5\"", "\"-5 %\"", "\"% 5\"", "\"five %\"", "\"5 %%\"",
                                "\"nan %\"", "\"inf %\"", "\" %\"", "\"\"", "null", "true", "{}"}) {
    refuses(with("\"2 %\"", tolerance), "multiplications: tolerance is ");
  }
}

TEST_CASE("Another version, and what is no baseline at all, are refused", "[baseline]") {
  refuses(with("\"floatsd_baseline\": 1", "\"floatsd_baseline\": 2"),
          "floatsd_baseline is 2, expected 1");
  refuses(with("\"floatsd_baseline\": 1", "\"floatsd_baseline\": \"1\""), "floatsd_baseline is");
  refuses("{}", "no key 'floatsd_baseline'");
  refuses("[]", "no key 'floatsd_baseline'");
  refuses("", "its JSON");
  refuses(text().substr(0, text().size() / 2), "its JSON");
}

TEST_CASE("An update takes over values and keeps the tolerances that a person set", "[baseline]") {
  const Baseline before = parse_baseline(text(), "b.json");
  const Facts facts{.kind = NetworkKind::kInteger,
                    .measures = {{"accuracy", "", 99},
                                 {"accumulator_bounds", "conv1", 4000},
                                 {"accumulator_bounds", "conv2", 10}}};
  const Images images{.dataset = "other", .count = 5, .sha256 = kChecksum};
  const Baseline after = updated(before, facts, images, std::nullopt);
  CHECK(after.images.dataset == "other");
  CHECK(after.find("accuracy", "")->measure.value == 99);
  CHECK(after.find("accumulator_bounds", "conv1")->tolerance ==
        Tolerance{12.5, Tolerance::Unit::kPercent});
  CHECK(after.find("accumulator_bounds", "conv2")->tolerance ==
        find_quantity("accumulator_bounds").tolerance);
  CHECK(after.find("speed", "")->measure.value == 7.5);  // not measured this time
  CHECK_FALSE(after.exact);
  CHECK(updated(std::nullopt, facts, images, std::nullopt).find("accuracy", "")->tolerance ==
        find_quantity("accuracy").tolerance);
}

TEST_CASE("A layer's name may hold anything that JSON can", "[baseline]") {
  const Facts facts{.kind = NetworkKind::kInteger,
                    .measures = {{"accuracy", "", 1},
                                 {"right_images", "", 1},
                                 {"mismatches", "", 0},
                                 {"bytes", "", 1},
                                 {"multiplications", "", 0},
                                 {"accumulator_bounds", "a \"b\"\n<c>/ü", 3}}};
  const Baseline made = updated(std::nullopt, facts, {"mnist", 1, kChecksum}, std::nullopt);
  CHECK(parse_baseline(to_json(made), "b").find("accumulator_bounds", "a \"b\"\n<c>/ü") != nullptr);
}
