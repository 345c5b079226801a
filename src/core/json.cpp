#include "core/json.h"

#include <algorithm>
#include <set>

namespace floatsd {
namespace {

using Json = nlohmann::json;

/// Reads without keeping: refuses what nests too deep or names a key twice, by an Error. (A
/// callback of json::parse could do the same, but then each value that ends is searched for in all
/// of its parent: the square of the time.)
class Strict final : public Json::json_sax_t {
 public:
  explicit Strict(const std::string& where) : where_(where) {}

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }

  bool start_object(size_t /*elements*/) override { return begin(); }
  bool end_object() override { return end(); }
  bool start_array(size_t /*elements*/) override { return begin(); }
  bool end_array() override { return end(); }

  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) {
      throw Error(where_ + " names '" + name + "' twice");
    }
    return true;
  }

  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::detail::exception& /*error*/) override {
    failure_ = {.end = position, .token = token};
    return false;
  }

  /// What was read when the text ceased to be JSON: the last token, and how many bytes.
  struct Failure {
    size_t end = 0;
    std::string token;
  };
  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  bool begin() {
    constexpr size_t kDeepest = 16;
    if (keys_.size() >= kDeepest) {
      throw Error(where_ + " is nested deeper than " + std::to_string(kDeepest));
    }
    keys_.emplace_back();
    return true;
  }

  bool end() {
    keys_.pop_back();
    return true;
  }

  const std::string& where_;
  std::vector<std::set<std::string>> keys_;  // of each object and array that is open
  Failure failure_;
};

/// "line 3, column 7": where the token begins, or where the text ends.
std::string place_of(const Strict::Failure& failure, std::string_view text) {
  constexpr size_t kNone = std::string_view::npos;
  const auto& [end, token] = failure;
  // nlohmann's tokens of punctuation have what stood before, too.
  const bool is_token = !token.empty() && std::string_view("{}[]:,").find(token.back()) == kNone &&
                        text.substr(0, end).ends_with(token);
  const size_t length = is_token ? token.size() : 1;
  const std::string_view before = text.substr(0, end < length ? 0 : end - length);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n') + 1;  // of none 0
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - start + 1);
}

}  // namespace

std::string shortened(const Json& value) {
  constexpr size_t kShown = 40;
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

nlohmann::json parse_json(std::string_view text, const std::string& where) {
  constexpr size_t kLongest = size_t{1} << 24;
  if (text.size() > kLongest) {
    throw Error(where + " has " + std::to_string(text.size()) + " bytes, expected at most " +
                std::to_string(kLongest));
  }
  Strict strict(where);
  if (!Json::sax_parse(text, &strict)) {
    throw Error(where + " is no JSON: " + place_of(strict.failure(), text));
  }
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace floatsd
