// An architecture in JSON. What is read is written and read again: the same text.

#include "floatsd/nn/architecture_json.h"
#include "reads.h"

using namespace floatsd;

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    const std::string text = nn::to_json(nn::architecture_from_json(bytes, "network"));
    hold(nn::to_json(nn::architecture_from_json(text, "written")) == text,
         "an architecture that was written reads as it was");
  });
}
