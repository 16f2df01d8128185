// The words that names of shares are made of: short, easy to say and to spell. The name protects nothing: who may
// open a share says its policy.
import { randomInt } from 'node:crypto';

const wordsInName = 4;

/** 256 of them, of at most seven letters, so that four of them are a name that a tunnel can have: 32 random bits. */
export const shareWords: readonly string[] = `
acorn agate album alder almond amber anchor apple april apron arbor arrow aspen atlas autumn azure
badger bagel bamboo banjo barley basil basket beacon beetle bell berry birch biscuit bison blue boat
bonnet bottle breeze brick bridge bronze brook brush bucket button cabin cactus camel candle canoe canyon
carrot castle cedar cello chalk cherry chess cider cinder circle citrus clay cliff cloud clover cobalt
cocoa comet copper coral corner cotton cove crane crayon creek cricket crown crystal cup daisy dawn
delta denim desert dome donkey dragon drum dune eagle earth easel echo elm ember emerald fable
falcon feather fern fiddle field finch fir flame flint flora flute forest fuchsia fox frost galaxy
garden garlic gazelle ginger glacier globe gold grape gravel green grove guitar gull hammock harbor harp
hazel heron hill honey horizon ice igloo indigo iris island ivory ivy jade jasmine jay jelly
juniper kayak kettle kite kiwi koala lagoon lamp lantern larch laurel lava lemon lilac lily lime
linen lion lotus lunar lynx magnet mango maple marble meadow melon mesa mint mirror moon moss
mallow mocha nectar nest noble north nova nutmeg oak oasis oat ocean olive onyx opal orange
orbit orchid otter owl paddle palm panda paper parrot peach pearl pebble pepper petal piano pilot
pine planet plum pond poppy prairie prism puffin quartz quill quince rabbit radish rain raven reed
ribbon river robin rocket rose ruby saddle saffron sage sail salmon sand sienna satin scarlet shell
silver sky snow solar sparrow spring spruce star stone summit sun swan tango teal thistle thunder
`
  .trim()
  .split(/\s+/);

/** Four words, such as `river-olive-quartz-fox`. */
export function createShareName(): string {
  return Array.from({ length: wordsInName }, () => shareWords[randomInt(shareWords.length)]).join('-');
}
