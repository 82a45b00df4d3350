/** PDF files, made by hand. */

/** One file of these objects, the first of which is its catalogue. */
function fileOf(objects) {
  let file = '%PDF-1.7\n';
  const places = objects.map((object, at) => {
    const place = file.length;
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(`${file}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}`, 'latin1');
}

const stream = (content, entries = '') =>
  `<< /Length ${content.length} ${entries} >>\nstream\n${content}\nendstream`;

/** A PDF file of so many pages, whose script and form would act if anything let them. */
export function pdf(pages = 2) {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert("ran"); this.submitForm("http://127.0.0.1:1/");) >> >>',
    `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, at) => `${4 + at * 2} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  for (let page = 1; page <= pages; page += 1) {
    const drawing = `0.9 0.2 0.2 rg 20 20 60 60 re f BT 0 g /F1 24 Tf 20 120 Td (Page number ${page}) Tj ET`;
    const resources = '/Resources << /Font << /F1 3 0 R >> >>';
    const link =
      '/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 200 200] /A << /S /URI /URI (http://127.0.0.1:1/) >> >>]';
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] ${resources} ${link} /Contents ${objects.length + 2} 0 R >>`,
      stream(drawing),
    );
  }
  return fileOf(objects);
}

/** Eight by eight pixels of red, as JPEG 2000 has them. */
const RED_JPEG_2000 = Buffer.from(
  '/0//UQAvAAAAAAAIAAAACAAAAAAAAAAAAAAACAAAAAgAAAAAAAAAAAADBwEBBwEBBwEB/1IADAAAAAEAAAQEAAH/XAAEQED/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjT/kAAKAAAAAABQAAH/k8+0TBQAXK/8kIgAAAAYSEu69YAGEhHPtEwRUFSjZV2wAAMJCX18zAAAwkI/z7RMEVBUo2VdsAADCQl9fMwAAMJCP//Z',
  'base64',
).toString('latin1');

/**
 * A page that needs more than is in the file: a font that every reader has to have, the character map
 * of a Chinese one, and a decoder for JPEG 2000. It shows a red square, and black letters above it.
 */
export function needyPdf() {
  const drawing =
    'q 60 0 0 60 20 20 cm /Im1 Do Q BT /F1 40 Tf 10 120 Td (MMMM) Tj ET BT /F2 20 Tf 10 170 Td <4E2D6587> Tj ET';
  return fileOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /XObject << /Im1 5 0 R >> /Font << /F1 6 0 R /F2 7 0 R >> >> >>',
    stream(drawing),
    stream(
      RED_JPEG_2000,
      '/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /JPXDecode',
    ),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>',
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [8 0 R] >>',
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 9 0 R >>',
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
  ]);
}
