// The types that tie a topic or pattern to its payloads.

/** The topics of `Events` that `Pattern` hears. */
export type TopicsOf<Events extends object, Pattern extends string> = string extends keyof Events
  ? string
  : Pattern extends keyof Events
    ? Pattern
    : {
        [Topic in keyof Events & string]: Fits<Topic, Pattern> extends true ? Topic : never;
      }[keyof Events & string];

/** The payload that a listener of `Pattern` receives: that of any topic which matches. */
export type PayloadOf<Events extends object, Pattern extends string> = Events[TopicsOf<
  Events,
  Pattern
> &
  keyof Events];

/** Whether a pattern hears a topic, level by level as topic.ts does it. */
type Fits<Topic extends string, Pattern extends string> = Pattern extends '**'
  ? true
  : Pattern extends `**.${infer Rest}`
    ? Fits<Topic, Rest> extends true
      ? true
      : Topic extends `${string}.${infer TopicRest}`
        ? Fits<TopicRest, Pattern>
        : false
    : Pattern extends `${infer Level}.${infer Rest}`
      ? Topic extends `${infer TopicLevel}.${infer TopicRest}`
        ? FitsLevel<TopicLevel, Level> extends true
          ? Fits<TopicRest, Rest>
          : false
        : Rest extends '**'
          ? FitsLevel<Topic, Level>
          : false
      : Topic extends `${string}.${string}`
        ? false
        : FitsLevel<Topic, Pattern>;

type FitsLevel<Level extends string, Pattern extends string> = Pattern extends '*'
  ? true
  : Level extends Pattern
    ? true
    : false;

/** The topic of these levels, as `topicOf` gives it. */
export type TopicOf<Levels extends readonly unknown[]> = Levels extends readonly [
  infer First,
  ...infer Rest,
]
  ? Rest extends readonly []
    ? EscapedLevel<First>
    : `${EscapedLevel<First>}.${TopicOf<Rest>}`
  : string;

type EscapedLevel<Level> = Level extends
  | `${string}${'%' | '.' | '*' | '#' | '+' | '>'}${string}`
  | ''
  ? string
  : Level extends string | number | bigint
    ? `${Level}`
    : string;
