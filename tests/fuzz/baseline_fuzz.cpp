// A baseline of `floatsd check`. What is read is written and read again: the same text.

#include "check/baseline.h"
#include "reads.h"

using namespace floatsd;

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    const std::string text = check::to_json(check::parse_baseline(bytes, "baseline"));
    hold(check::to_json(check::parse_baseline(text, "written")) == text,
         "a baseline that was written reads as it was");
  });
}
