/** How the servers in Java are compiled while they run. */

/**
 * On two cores the optimising compiler takes half of a server's start. A server that lives for minutes does without it; another
 * compiles a method only when it is four times as busy as usual: what really is hot is compiled soon all the same.
 */
export const compiler = (brief: boolean): string =>
  brief ? '-XX:TieredStopAtLevel=1' : '-XX:CompileThresholdScaling=4'
