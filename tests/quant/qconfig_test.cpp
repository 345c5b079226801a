#include "floatsd/quant/qconfig.h"

#include "catch.h"
#include "quant/exact_pattern.h"

using namespace floatsd::quant;

namespace {

std::string scheme_of(const QConfig& qconfig, const NodeRole& layer) {
  const auto scheme = find_rule(qconfig.rules, layer);
  return scheme ? to_string(*scheme) : "none";
}

QConfig rules(const std::vector<std::string>& texts) {
  QConfig qconfig;
  for (const std::string& text : texts) {
    qconfig.rules.push_back(parse_qconfig_rule(text));
  }
  return qconfig;
}

}  // namespace

TEST_CASE("The last rule that matches wins", "[qconfig]") {
  const QConfig qconfig = rules({"*=int8:per-tensor", "conv=floatsd4:per-channel",
                                 "depthwise=floatsd4:per-tensor", "last=int8:per-channel"});
  CHECK(scheme_of(qconfig, {.name = "conv1", .kind = "conv"}) == "floatsd4:per-channel");
  CHECK(scheme_of(qconfig, {.name = "dw", .kind = "depthwise"}) == "floatsd4:per-tensor");
  CHECK(scheme_of(qconfig, {.name = "fc1", .kind = "linear"}) == "int8:per-tensor");
  CHECK(scheme_of(qconfig, {.name = "fc2", .kind = "linear", .last = true}) == "int8:per-channel");
}

TEST_CASE("A rule matches by kind, place or glob", "[qconfig]") {
  CHECK(matches("conv", {.name = "x", .kind = "depthwise"}));
  CHECK_FALSE(matches("depthwise", {.name = "x", .kind = "conv"}));
  CHECK(matches("first", {.name = "x", .kind = "conv", .first = true}));
  CHECK_FALSE(matches("last", {.name = "x", .kind = "conv", .first = true}));
  CHECK(matches("features.?.depthwise", {.name = "features.3.depthwise", .kind = "depthwise"}));
  CHECK_FALSE(matches("fc*", {.name = "conv1", .kind = "conv"}));
}

TEST_CASE("An exact pattern matches the node of that name and no other", "[qconfig]") {
  for (const std::string name :
       {"conv1", "a[0]", "a*", "b?", "c\\d", "linear", "last", "depthwise", "average-pool"}) {
    CAPTURE(name);
    const std::string pattern = exact_pattern(name);
    CHECK(matches(pattern, {.name = name, .kind = "conv"}));
    CHECK_FALSE(matches(pattern, {.name = name + "x", .kind = "conv"}));
    for (const std::string kind : {"conv", "depthwise", "linear", "average-pool"}) {
      CHECK_FALSE(matches(pattern, {.name = "other", .kind = kind, .first = true, .last = true}));
    }
  }
}

TEST_CASE("A layer that no rule matches has no scheme", "[qconfig]") {
  CHECK(scheme_of(rules({"linear=int8:per-tensor"}), {.name = "conv1", .kind = "conv"}) == "none");
}

TEST_CASE("A rule that cannot be read is refused with what was expected", "[qconfig]") {
  CHECK_THROWS_WITH(parse_qconfig_rule("conv"),
                    "qconfig rule 'conv': expected PATTERN=FORMAT:GRANULARITY, as in "
                    "conv=floatsd4:per-channel");
  CHECK_THROWS_WITH(parse_qconfig_rule("conv=floatsd4"),
                    "weight scheme 'floatsd4': expected FORMAT:per-channel or FORMAT:per-tensor");
  CHECK_THROWS_WITH(parse_qconfig_rule("conv=floatsd5:per-channel"),
                    "format 'floatsd5' is unknown: did you mean 'floatsd4'?");
  CHECK_THROWS_WITH(parse_qconfig_rule("conv=int8:per-chanel"),
                    "weight scheme 'int8:per-chanel': granularity 'per-chanel' is unknown: did you "
                    "mean 'per-channel'?");
}

TEST_CASE("A rule without a pattern is for every node", "[qconfig]") {
  const std::vector<Rule<RangeMethod>> rules = {parse_rule("min-max", parse_range_method),
                                                parse_rule("add=learned", parse_range_method)};
  CHECK(find_rule(rules, {.name = "conv1", .kind = "conv"}) == RangeMethod::kMinMax);
  CHECK(find_rule(rules, {.name = "join", .kind = "add"}) == RangeMethod::kLearned);
  CHECK(to_string(rules[0]) == "min-max");
  CHECK(to_string(rules[1]) == "add=learned");
  CHECK_THROWS_WITH(parse_rule("add=lerned", parse_range_method),
                    "observer 'lerned' is unknown: did you mean 'learned'?");
}
