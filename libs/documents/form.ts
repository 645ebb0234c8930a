/** What a document type is: its noun, its own sections before and after RELATED, and what it adds to the metadata. */
import type { Artifact, NamedAttribute } from '@attio-stream/crm'
import type { Attributes } from './attributes.ts'
import type { Source } from './document.ts'
import type { Known } from './metadata.ts'
import type { Section } from './sections.ts'

export interface Writing {
  readonly artifact: Artifact
  /** A type takes out what its own sections show; what it leaves goes into DETAILS. */
  readonly attributes: Attributes
  /** The name as a section shows it: whole, one line, or undefined when the title says all there is. */
  readonly name: string | undefined
  /** Whether the title had to shorten the name. */
  readonly shortened: boolean
  /** Characters of one value; longer ones say how much is missing. */
  readonly limit: number
}

export interface Written {
  readonly sections: readonly Section[]
  readonly metadata: Known
  /** Attributes its sections show that have no metadata name of ours. */
  readonly custom: readonly NamedAttribute[]
}

export interface DocumentType {
  readonly source: Source
  /** Document ids begin with `attio_{idPart}_`. */
  readonly idPart: string
  /** Starts the title line. */
  readonly noun: string
  /** Always through the splitter, however short. */
  readonly alwaysSplit: boolean
  write(writing: Writing): Written
}
