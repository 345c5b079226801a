// seeds_main FOLDER: each file of the folder once. Exit 0 if the reader takes all but those named
// refused-..., which it refuses.

#include <cstdio>
#include <filesystem>
#include <string>

#include "core/file.h"
#include "reads.h"

int main(int /*count*/, char** arguments) {
  int seeds = 0;
  int wrong = 0;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    const std::string name = entry.path().filename().string();
    const bool expected = !name.starts_with("refused-");
    const bool found = fuzz::reads(floatsd::read_file(entry.path()));
    if (found != expected) {
      std::printf("%s: was %s\n", name.c_str(), found ? "read" : "refused");
    }
    wrong += found == expected ? 0 : 1;
    ++seeds;
  }
  std::printf("%d seeds\n", seeds);
  return seeds > 0 && wrong == 0 ? 0 : 1;
}
