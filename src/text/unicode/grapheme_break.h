// GraphemeBreaks: where the extended grapheme clusters of a text end (Unicode Standard Annex 29), as the reference finds them.
#pragma once

#include <cstdint>
#include <string_view>

#include "text/unicode/code_point_table.h"

namespace crossrank {

/// Grapheme_Cluster_Break, and Extended_Pictographic among the rest. The order is that of tools/make_grapheme_tables.py.
enum class GraphemeClass : uint8_t {
  kOther,
  kCr,
  kLf,
  kControl,
  kExtend,
  kZwj,
  kRegionalIndicator,
  kPrepend,
  kSpacingMark,
  kL,
  kV,
  kT,
  kLv,
  kLvt,
  kPictographic,
};

/// Indic_Conjunct_Break.
enum class ConjunctClass : uint8_t { kNone, kConsonant, kExtend, kLinker };

/// Immutable; shared by all threads. The classes are the reference's own (its Unicode is newer than that of the installed ICU), found by
/// asking it.
class GraphemeBreaks {
 public:
  static const GraphemeBreaks& get();

  /// Where the cluster ends that begins `text` (well-formed UTF-8, not empty). One pass over that cluster and the character after it.
  size_t cluster_end(std::string_view text) const noexcept;

  GraphemeClass class_of(char32_t code_point) const noexcept { return static_cast<GraphemeClass>(values_.of(code_point) & 15); }
  ConjunctClass conjunct_class_of(char32_t code_point) const noexcept { return static_cast<ConjunctClass>(values_.of(code_point) >> 4); }

 private:
  GraphemeBreaks();

  CodePointTable<uint8_t> values_;
};

}  // namespace crossrank
