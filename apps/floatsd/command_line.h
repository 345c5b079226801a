#pragma once
// The command line as it is read: numbers are decimal and finite, texts are UTF-8 and not empty, no
// flag stands twice, and what is refused is said in one line.

#include <cstdint>
#include <string>

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace floatsd::app {

/// Of an option with a whole number: refuses one that lies outside.
CLI::Validator whole_number(int64_t least, int64_t most);
/// The same for a number.
CLI::Validator number(double least, double most);

/// Bounds of counts that a person may ask for; sums and products of them with sizes of images stay
/// far below 2^63.
constexpr int64_t kMostEpochs = 1'000'000;
constexpr int64_t kMostImages = INT32_MAX;
constexpr int64_t kLargestBatch = int64_t{1} << 20;
constexpr int kMostShards = 1024;
constexpr int64_t kMostThreads = 1024;
constexpr int64_t kLargestSeed = INT64_MAX;  // TOML has no larger number

/// Holds every option of every subcommand to the above. Call it when all of them are added.
void make_strict(CLI::App& command);

/// What was wrong, in one line: an unknown flag with the one that may have been meant, or the
/// subcommands that have it; a flag that stands twice; else what CLI11 says.
std::string explain(const CLI::App& command, const CLI::ParseError& error);

}  // namespace floatsd::app
