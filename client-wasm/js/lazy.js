/** Properties whose values are made when somebody looks at them. */

/**
 * Where an object keeps what they are made from: not seen by copies, nor by who lists the object. It
 * is no closure and no private field, since getters that all objects share are made three times as
 * fast as closures, and since an object behind a `Proxy` has no private fields.
 */
const SOURCE = Symbol('source');

/** Gives an object what its lazy properties are made from. */
export function from(object, source) {
  Object.defineProperty(object, SOURCE, { value: source, configurable: true, writable: true });
}

/**
 * The descriptor of a property that `make` gives the value of at the first look, from the object's
 * source and the object; where that is `undefined`, there is no such property. It is the object's own,
 * so that copies of the object, as by `structuredClone`, have the value.
 */
export function lazy(name, make) {
  return {
    get() {
      const value = make(this[SOURCE], this);
      if (value === undefined) delete this[name];
      else become(this, name, value);
      return value;
    },
    set(value) {
      become(this, name, value);
    },
    configurable: true,
    enumerable: true,
  };
}

/** Takes a lazy property away that turned out to have no value, but not what was put in its place. */
export function absent(object, name) {
  if (Object.getOwnPropertyDescriptor(object, name)?.get !== undefined) delete object[name];
}

function become(object, name, value) {
  const plain = { value, configurable: true, enumerable: true, writable: true };
  Object.defineProperty(object, name, plain);
}
