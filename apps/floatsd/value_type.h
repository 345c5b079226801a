#pragma once
// Value types: the words that --help has for what an option takes, from which shells know how to
// complete it.

#include <string>
#include <vector>

namespace floatsd::app {

inline constexpr const char* kFile = "FILE";
inline constexpr const char* kFolder = "DIR";

/// One of `names`: "NAME:{cosine,step}".
std::string one_of(const std::vector<std::string>& names);
/// One of `names`, or a file: "NAME|FILE:{lenet,resnet20}".
std::string one_of_or_file(const std::vector<std::string>& names);

/// What a type says.
struct ValueType {
  std::string word;                       ///< "NAME", "FILE", "FLOAT"
  std::vector<std::string> choices = {};  ///< in braces behind it
  bool is_file = false, is_folder = false;
};

ValueType parse_value_type(const std::string& type);

}  // namespace floatsd::app
