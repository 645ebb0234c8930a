import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseJava, describeJava, type FoundJava, featureRelease } from './jdk.ts'

const java = (release: number, from: FoundJava['from'] = 'folder'): FoundJava => ({
  home: `/jvm/${release}`,
  release,
  from,
})

test('the newest Java of the JVM folders is chosen', () => {
  assert.equal(chooseJava([java(17), java(25), java(21)])?.release, 25)
})

test('JAVA_HOME is preferred when it is new enough, even to a newer one', () => {
  assert.equal(chooseJava([java(21, 'JAVA_HOME'), java(25)])?.release, 21)
})

test('a JAVA_HOME that is too old is passed over', () => {
  assert.equal(chooseJava([java(17, 'JAVA_HOME'), java(21), java(17, 'path')])?.release, 21)
})

test('Java on the path is used when nothing else is new enough', () => {
  assert.equal(chooseJava([java(11), java(24, 'path')])?.from, 'path')
})

test('Java older than 21 is none', () => {
  assert.equal(chooseJava([java(17), java(20, 'path')]), undefined)
  assert.equal(chooseJava([]), undefined)
})

test('what was found is said once, however many ways lead to it', () => {
  assert.equal(describeJava([java(17), { ...java(17), from: 'path' }]), 'Java 17 in /jvm/17')
  assert.equal(describeJava([]), 'no Java')
})

test('the feature release is read from old and new version numbers', () => {
  assert.equal(featureRelease('25.0.1'), 25)
  assert.equal(featureRelease('21'), 21)
  assert.equal(featureRelease('26-ea'), 26)
  assert.equal(featureRelease('1.8.0_392'), 8)
  assert.equal(featureRelease('unknown'), undefined)
})
