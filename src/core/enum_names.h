#pragma once
// Enum names: how the values of an enum are called in flags, configs and files.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/names.h"

namespace floatsd {

template <typename Enum>
class EnumNames {
 public:
  /// The names of `first` and of the values behind it, in their order.
  explicit EnumNames(std::vector<std::string> names, Enum first = Enum{0})
      : names_(std::move(names)), first_(static_cast<size_t>(first)) {}

  /// Throws Error "WHAT 'NAME' is unknown", with a suggestion.
  [[nodiscard]] Enum parse(const std::string& what, std::string_view name) const {
    return static_cast<Enum>(first_ + find_name(what, name, names_));
  }

  /// Of one of the values.
  [[nodiscard]] const std::string& operator[](Enum value) const {
    return names_[static_cast<size_t>(value) - first_];
  }

 private:
  std::vector<std::string> names_;
  size_t first_;
};

}  // namespace floatsd
