/** What can be wrong with a search: the question, which only whoever asks can mend, or a store, which may heal. */

/** A sentence for whoever asks. */
export class QuestionError extends Error {
  override name = 'QuestionError'
}

/** A store did not answer. A sentence for the person on call, without words of the question (R14). */
export class SearchStoreError extends Error {
  override name = 'SearchStoreError'
}
