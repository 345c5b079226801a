#include "export_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/file.h"
#include "floatsd/core/error.h"
#include "folder_lock.h"
#include "run_folder.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "index.json";
constexpr const char* kUnfinished = "export.part";  ///< where an export begins, in its folder

Error moving_error(const fs::path& path, const char* what, const std::error_code& code) {
  return Error(path.string() + ": cannot be " + what + ": " + code.message());
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unreachable;
  for (fs::directory_iterator entry(folder, unreachable), end; !unreachable && entry != end;
       entry.increment(unreachable)) {
    files.push_back(entry->path());
  }
  if (unreachable) {
    throw moving_error(folder, "read", unreachable);
  }
  return files;
}

/// The strings in what an index says of the input, or of a layer, but its name.
void add_stems(const nlohmann::json& entry, std::vector<std::string>& stems) {
  for (const auto& [key, value] : entry.items()) {
    if (key == "name") {
      continue;
    }
    for (const nlohmann::json& one : value.is_array() ? value : nlohmann::json::array({value})) {
      if (one.is_string()) {
        stems.push_back(one.get<std::string>());
      }
    }
  }
}

/// The files of golden vectors, the index last; none if there is no index of such.
std::vector<fs::path> vector_files(const fs::path& folder, const fs::path& index_file) {
  std::error_code unreachable;
  if (!fs::is_regular_file(index_file, unreachable)) {
    return {};
  }
  const auto index = nlohmann::json::parse(read_file(index_file), nullptr, false);
  if (!index.is_object() || index.value("format", nlohmann::json()) != "floatsd vectors") {
    return {};
  }
  std::vector<std::string> stems;
  add_stems(index.value("input", nlohmann::json::object()), stems);
  for (const nlohmann::json& layer : index.value("layers", nlohmann::json::array())) {
    add_stems(layer, stems);
  }
  std::vector<fs::path> files;
  for (const std::string& stem : stems) {
    if (fs::path(stem).filename() == stem) {  // it names no other folder
      files.push_back(folder / (stem + ".npy"));
      files.push_back(folder / (stem + ".hex"));
    }
  }
  files.push_back(folder / kIndex);
  return files;
}

/// Whether the file begins as those do that `--to c` writes.
bool is_exported_c(const fs::path& file) {
  constexpr size_t kBegin = 512;
  std::error_code unreachable;
  if ((file.extension() != ".c" && file.extension() != ".h") ||
      !fs::is_regular_file(file, unreachable)) {
    return false;
  }
  const std::string begin = read_file(file).substr(0, kBegin);
  return begin.starts_with("/* ") &&
         (begin.find(": an integer network, exported by floatsd.") != std::string::npos ||
          begin.find(" with the interpreter of floatsd: exit code 0") != std::string::npos);
}

std::vector<fs::path> earlier_export(const fs::path& folder) {
  std::vector<fs::path> earlier = vector_files(folder, folder / kIndex);
  // Of an export that was killed while its files moved.
  const std::vector<fs::path> moved = vector_files(folder, folder / kUnfinished / kIndex);
  earlier.insert(earlier.begin(), moved.begin(), moved.end());
  for (const fs::path& file : files_in(folder)) {
    if (is_exported_c(file)) {
      earlier.push_back(file);
    }
  }
  return earlier;
}

/// Into `folder`, in which an index, which names the other files, comes last.
void move_files(const fs::path& from, const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> files = files_in(from);
  std::stable_partition(files.begin(), files.end(),
                        [](const fs::path& file) { return file.filename() != kIndex; });
  for (const fs::path& file : files) {
    fs::rename(file, folder / file.filename(), code);
    if (code) {
      throw moving_error(folder / file.filename(), "written", code);
    }
  }
}

/// Throws Error if a folder has the name that one of the new files is to have.
void require_files(const fs::path& from, const fs::path& folder) {
  for (const fs::path& file : files_in(from)) {
    std::error_code missing;
    if (fs::is_directory(folder / file.filename(), missing)) {
      throw Error((folder / file.filename()).string() +
                  ": cannot be written: it exists and is no regular file");
    }
  }
}

void replace_earlier(const fs::path& from, const fs::path& folder,
                     const std::vector<fs::path>& earlier) {
  require_files(from, folder);
  for (const fs::path& file : earlier) {
    std::error_code code;
    fs::remove(file, code);
    if (code) {
      throw moving_error(file, "removed", code);
    }
  }
  move_files(from, folder);
}

/// The folder, or the first above it, that is not there yet; empty if all are.
fs::path first_missing(const fs::path& folder) {
  std::error_code unreachable;
  fs::path missing;
  for (fs::path path = folder; !path.empty() && !fs::exists(path, unreachable);
       path = path.parent_path()) {
    missing = path;
  }
  return missing;
}

/// Removes those folders from `folder` up to `made` that hold nothing; none if `made` is empty.
void remove_empty(fs::path folder, const fs::path& made) {
  std::error_code ignored;
  while (!made.empty() && fs::remove(folder, ignored) && folder != made) {
    folder = folder.parent_path();
  }
}

}  // namespace

void require_free(const fs::path& folder, Earlier earlier) {
  std::error_code unreachable;
  if (!fs::exists(folder, unreachable)) {
    return;
  }
  if (!fs::is_directory(folder, unreachable)) {
    throw Error(folder.string() + ": is no folder, expected one, or none of that name");
  }
  for (const fs::path& file : files_in(folder)) {
    if (earlier == Earlier::kRefused && file.filename() != kUnfinished) {
      throw Error(folder.string() +
                  ": not an empty folder; --overwrite replaces an earlier export in it");
    }
  }
}

void write_export(const fs::path& folder, const std::function<void(const fs::path&)>& write) {
  const fs::path made = first_missing(folder);
  make_folder(folder);
  const FolderLock lock(folder);
  const fs::path unfinished = folder / kUnfinished;
  std::error_code ignored;
  try {
    const std::vector<fs::path> earlier = earlier_export(folder);
    fs::remove_all(unfinished, ignored);  // of an export that was killed
    make_folder(unfinished);
    write(unfinished);
    replace_earlier(unfinished, folder, earlier);
  } catch (...) {
    fs::remove_all(unfinished, ignored);
    remove_empty(folder, made);
    throw;
  }
  fs::remove_all(unfinished, ignored);
}

}  // namespace floatsd::app
