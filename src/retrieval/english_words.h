// EnglishWords: the words of a text as Lucene's English analyzer keeps them: lower case, no stop words, Snowball stems.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sb_stemmer;

namespace crossrank {

/// Calls `each` with every word of a text in lower case: the longest runs of letters, digits and "_", which are what Python's
/// re.findall(r"\w+", text.lower()) gives. Bytes that are not UTF-8 separate words. The view lives until `each` returns.
void for_each_word(std::string_view text, const std::function<void(std::string_view word)>& each);

/// One of the 33 words that Lucene's English analyzer leaves out.
bool is_stop_word(std::string_view word);

/// Snowball's English stemmer ("Porter 2"). Not for several threads; making one is cheap.
class EnglishStemmer {
 public:
  EnglishStemmer();
  EnglishStemmer(const EnglishStemmer&) = delete;
  EnglishStemmer& operator=(const EnglishStemmer&) = delete;
  ~EnglishStemmer();

  /// The stem of a word in lower case; the view lives until the next call.
  std::string_view stem(std::string_view word);

 private:
  sb_stemmer* stemmer_;
};

}  // namespace crossrank
