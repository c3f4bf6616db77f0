"""BM25 as Lucene's English analyzer makes it: lower-cased words, its 33 stop words left out, Snowball stems, k1 = 1.2, b = 0.75."""
import math
import re
from collections import Counter, defaultdict

import numpy as np
import Stemmer

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with".split()
)
STEM = Stemmer.Stemmer("english").stemWord


def stems(text):
    """Lower-cased, stemmed words of a text, stop words left out."""
    return [STEM(word) for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS]


class Bm25:
    """Okapi BM25 over a fixed list of documents, with Lucene's never-negative idf."""

    def __init__(self, documents, k1=1.2, b=0.75):
        counts = [Counter(stems(document)) for document in documents]
        lengths = np.array([sum(count.values()) for count in counts], dtype=np.float32)
        saturation = k1 * (1 - b + b * lengths / lengths.mean())
        postings = defaultdict(list)
        for index, count in enumerate(counts):
            for term, frequency in count.items():
                postings[term].append((index, frequency))
        self.size = len(documents)
        self.postings, self.idf = {}, {}
        for term, entries in postings.items():
            index, frequency = np.array(entries).T
            idf = self.idf[term] = math.log(1 + (self.size - len(index) + 0.5) / (len(index) + 0.5))
            self.postings[term] = index, (idf * frequency / (frequency + saturation[index])).astype(np.float32)

    def scores(self, query):
        """One score a document."""
        scores = np.zeros(self.size, dtype=np.float32)
        for term in stems(query):
            if term in self.postings:
                index, weight = self.postings[term]
                scores[index] += weight
        return scores

    def coverage(self, query):
        """The share of the query's idf that each document's score has found: about 0 to 1."""
        whole = sum(self.idf.get(stem, 0.0) for stem in stems(query)) or 1.0
        return self.scores(query) / whole
