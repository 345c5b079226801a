#pragma once
// Names of a network as C has them.

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace floatsd::emit::c {

/// Letters, digits and underscores, beginning with a letter: "features.0" -> "features_0".
std::string identifier(std::string_view name);

/// The same for files: none is named as a header of C is, which a compiler would find in its place.
std::string file_name(std::string_view name);

/// LENET of lenet.
std::string upper(std::string_view name);

/// The name as a comment shows it: what could end the comment or the line becomes "_".
std::string in_comment(std::string_view name);

/// Gives names that differ even if their identifiers would not.
class Identifiers {
 public:
  /// Never gives one of `reserved`.
  explicit Identifiers(std::set<std::string> reserved = {}) : taken_(std::move(reserved)) {}

  /// identifier(name), with a number behind it if that was given before.
  std::string take(std::string_view name);

 private:
  std::set<std::string> taken_;
};

}  // namespace floatsd::emit::c
