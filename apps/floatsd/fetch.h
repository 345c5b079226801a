#pragma once
// Published data sets, downloaded and held against the checksums that were known before.

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "checksum.h"
#include "floatsd/core/progress.h"

namespace floatsd::app {

/// The checksum is of the unpacked content: a file is packed differently from mirror to mirror.
struct PublishedFile {
  std::string name;
  size_t bytes = 0;  ///< unpacked
  Checksum content;
};

/// One tar archive with all files of a data set in it.
struct PublishedArchive {
  std::string name;
  size_t bytes = 0;
  Checksum checksum;
};

struct PublishedDataset {
  std::string name;
  std::vector<std::string> mirrors;  ///< URLs of folders; the first that has a file intact gives it
  std::vector<PublishedFile> files;
  std::optional<PublishedArchive> archive;  ///< none: each file lies on a mirror as name.gz
};

/// "mnist" or "cifar10". Throws Error, with a suggestion, if the name is unknown.
const PublishedDataset& find_published(const std::string& name);

/// Puts the files that `folder` lacks into it: from an archive they come unpacked, else as their
/// .gz. Of a file that is there, what would be read counts: one with other content is replaced,
/// also if its .gz is good. Says on `lines` what was done. Throws Error if a file cannot be had,
/// and leaves the files that were complete by then.
void fetch(const PublishedDataset& dataset, const std::filesystem::path& folder,
           std::ostream& lines, const OnProgress& on_progress = {});

}  // namespace floatsd::app
