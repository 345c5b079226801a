#include "data/emnist.h"

#include <array>
#include <string_view>

#include "core/names.h"

namespace floatsd::data {
namespace {

constexpr int64_t kSide = 28;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Small letters that EMNIST's merged splits tell from their capitals.
constexpr std::string_view kUnmerged = "abdefghnqrt";
constexpr std::string_view kSmallLetters = "abcdefghijklmnopqrstuvwxyz";

std::vector<std::string> characters(std::initializer_list<std::string_view> groups) {
  std::vector<std::string> names;
  for (const std::string_view group : groups) {
    for (const char character : group) {
      names.emplace_back(1, character);
    }
  }
  return names;
}

struct EmnistSplit {
  std::string name;
  std::vector<std::string> class_names;
  int first_label = 0;
};

const std::array<EmnistSplit, 6>& emnist_splits() {
  static const std::array<EmnistSplit, 6> kSplits = {
      {{"letters", characters({kLetters}), 1},
       {"balanced", characters({kDigits, kLetters, kUnmerged})},
       {"byclass", characters({kDigits, kLetters, kSmallLetters})},
       {"bymerge", characters({kDigits, kLetters, kUnmerged})},
       {"digits", characters({kDigits})},
       {"mnist", characters({kDigits})}}};
  return kSplits;
}

}  // namespace

IdxLayout emnist_layout(const std::string& split) {
  const EmnistSplit& found = find_entry("split of EMNIST", split, emnist_splits());
  const std::string name = "emnist-" + split;
  return {.name = name,
          .train = name + "-train",
          .test = name + "-test",
          .side = kSide,
          .classes = static_cast<int>(found.class_names.size()),
          .first_label = found.first_label,
          .order = PixelOrder::kColumns,
          .class_names = found.class_names,
          .way_out = "data/README.md"};
}

}  // namespace floatsd::data
