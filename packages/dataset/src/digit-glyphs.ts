/** A pen stroke: points [x, y] in the unit square, y downwards, joined by a smooth curve. */
export type Stroke = readonly (readonly [x: number, y: number])[]

/** The ways in which people write each digit. A corner is where one stroke ends and the next begins. */
export const digitGlyphs: readonly (readonly (readonly Stroke[])[])[] = [
  // 0: an oval; a slanted one that overshoots where the pen closes it
  [
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.5, 0.04], [0.28, 0.16], [0.2, 0.5], [0.28, 0.84], [0.5, 0.96], [0.72, 0.84], [0.8, 0.5], [0.72, 0.16], [0.5, 0.04]],
    ],
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.62, 0.1], [0.4, 0.08], [0.22, 0.36], [0.2, 0.72], [0.38, 0.95], [0.64, 0.84], [0.8, 0.5], [0.74, 0.18], [0.52, 0.05]],
    ],
  ],
  // 1: a stem; with a flag; with a flag and a foot
  [
    [
      [
        [0.52, 0.04],
        [0.5, 0.5],
        [0.48, 0.96],
      ],
    ],
    [
      [
        [0.3, 0.26],
        [0.44, 0.16],
        [0.54, 0.04],
      ],
      [
        [0.54, 0.04],
        [0.53, 0.5],
        [0.52, 0.96],
      ],
    ],
    [
      [
        [0.3, 0.24],
        [0.42, 0.16],
        [0.52, 0.04],
      ],
      [
        [0.52, 0.04],
        [0.52, 0.5],
        [0.52, 0.94],
      ],
      [
        [0.28, 0.95],
        [0.52, 0.94],
        [0.76, 0.95],
      ],
    ],
  ],
  // 2: with a straight foot; with a loop in the corner
  [
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.2, 0.26], [0.34, 0.08], [0.58, 0.05], [0.76, 0.22], [0.7, 0.44], [0.46, 0.7], [0.18, 0.94]],
      [
        [0.18, 0.94],
        [0.5, 0.93],
        [0.84, 0.94],
      ],
    ],
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.22, 0.22], [0.42, 0.05], [0.7, 0.12], [0.74, 0.36], [0.54, 0.66], [0.3, 0.92], [0.16, 0.88], [0.22, 0.76], [0.42, 0.82], [0.62, 0.95], [0.86, 0.86]],
    ],
  ],
  // 3: two bowls; a flat top and one bowl
  [
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.22, 0.16], [0.42, 0.04], [0.68, 0.1], [0.72, 0.3], [0.56, 0.45], [0.4, 0.48]],
      // biome-ignore format: a row of points reads as one curve
      [[0.4, 0.48], [0.64, 0.5], [0.8, 0.68], [0.7, 0.89], [0.44, 0.97], [0.18, 0.86]],
    ],
    [
      [
        [0.22, 0.08],
        [0.48, 0.06],
        [0.76, 0.07],
      ],
      [
        [0.76, 0.07],
        [0.6, 0.24],
        [0.44, 0.42],
      ],
      // biome-ignore format: a row of points reads as one curve
      [[0.44, 0.42], [0.7, 0.46], [0.8, 0.68], [0.66, 0.9], [0.4, 0.96], [0.18, 0.84]],
    ],
  ],
  // 4: open at the top; closed; open and slanted with a short stem
  [
    [
      [
        [0.28, 0.06],
        [0.24, 0.32],
        [0.18, 0.58],
      ],
      [
        [0.18, 0.58],
        [0.5, 0.57],
        [0.86, 0.55],
      ],
      [
        [0.68, 0.1],
        [0.66, 0.5],
        [0.62, 0.96],
      ],
    ],
    [
      [
        [0.62, 0.04],
        [0.4, 0.34],
        [0.14, 0.66],
      ],
      [
        [0.14, 0.66],
        [0.5, 0.66],
        [0.88, 0.65],
      ],
      [
        [0.62, 0.04],
        [0.62, 0.5],
        [0.62, 0.96],
      ],
    ],
    [
      [
        [0.34, 0.06],
        [0.22, 0.3],
        [0.2, 0.5],
      ],
      [
        [0.2, 0.5],
        [0.44, 0.56],
        [0.74, 0.46],
      ],
      [
        [0.78, 0.06],
        [0.68, 0.5],
        [0.56, 0.96],
      ],
    ],
  ],
  // 5: bar, stem and bowl; with a short bar that rises
  [
    [
      [
        [0.78, 0.06],
        [0.54, 0.06],
        [0.3, 0.07],
      ],
      [
        [0.3, 0.07],
        [0.28, 0.25],
        [0.25, 0.46],
      ],
      // biome-ignore format: a row of points reads as one curve
      [[0.25, 0.46], [0.5, 0.38], [0.74, 0.5], [0.78, 0.72], [0.62, 0.92], [0.38, 0.96], [0.18, 0.86]],
    ],
    [
      [
        [0.82, 0.04],
        [0.6, 0.07],
        [0.4, 0.08],
      ],
      [
        [0.4, 0.08],
        [0.34, 0.26],
        [0.28, 0.44],
      ],
      // biome-ignore format: a row of points reads as one curve
      [[0.28, 0.44], [0.54, 0.44], [0.68, 0.6], [0.62, 0.82], [0.42, 0.95], [0.16, 0.92]],
    ],
  ],
  // 6: a round back; a straight back
  [
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.7, 0.08], [0.46, 0.14], [0.26, 0.42], [0.22, 0.7], [0.36, 0.93], [0.6, 0.95], [0.76, 0.78], [0.68, 0.58], [0.46, 0.54], [0.25, 0.68]],
    ],
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.54, 0.03], [0.36, 0.36], [0.24, 0.7], [0.34, 0.92], [0.58, 0.95], [0.74, 0.78], [0.62, 0.6], [0.42, 0.64], [0.27, 0.8]],
    ],
  ],
  // 7: bar and stem; with a cross stroke; with a serif
  [
    [
      [
        [0.18, 0.08],
        [0.48, 0.07],
        [0.8, 0.07],
      ],
      [
        [0.8, 0.07],
        [0.58, 0.46],
        [0.42, 0.96],
      ],
    ],
    [
      [
        [0.18, 0.09],
        [0.48, 0.07],
        [0.8, 0.07],
      ],
      [
        [0.8, 0.07],
        [0.56, 0.48],
        [0.42, 0.96],
      ],
      [
        [0.34, 0.5],
        [0.54, 0.49],
        [0.76, 0.49],
      ],
    ],
    [
      [
        [0.2, 0.22],
        [0.2, 0.15],
        [0.2, 0.08],
      ],
      [
        [0.2, 0.08],
        [0.5, 0.09],
        [0.78, 0.06],
      ],
      [
        [0.78, 0.06],
        [0.68, 0.44],
        [0.6, 0.96],
      ],
    ],
  ],
  // 8: one line that crosses itself; two rings
  [
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.68, 0.14], [0.46, 0.04], [0.28, 0.2], [0.4, 0.4], [0.62, 0.54], [0.76, 0.76], [0.52, 0.96], [0.24, 0.8], [0.34, 0.58], [0.58, 0.42], [0.72, 0.24], [0.66, 0.12]],
    ],
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.5, 0.04], [0.3, 0.14], [0.3, 0.36], [0.5, 0.47], [0.7, 0.36], [0.7, 0.14], [0.5, 0.04]],
      // biome-ignore format: a row of points reads as one curve
      [[0.5, 0.47], [0.24, 0.6], [0.24, 0.86], [0.5, 0.96], [0.76, 0.86], [0.76, 0.6], [0.5, 0.47]],
    ],
  ],
  // 9: a straight stem; a curved one
  [
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.74, 0.22], [0.56, 0.05], [0.32, 0.12], [0.24, 0.34], [0.42, 0.5], [0.64, 0.42], [0.75, 0.22]],
      [
        [0.75, 0.22],
        [0.74, 0.58],
        [0.7, 0.96],
      ],
    ],
    [
      // biome-ignore format: a row of points reads as one curve
      [[0.72, 0.28], [0.6, 0.07], [0.36, 0.08], [0.24, 0.3], [0.4, 0.48], [0.62, 0.44], [0.74, 0.22], [0.77, 0.5], [0.68, 0.82], [0.46, 0.96], [0.26, 0.88]],
    ],
  ],
]
