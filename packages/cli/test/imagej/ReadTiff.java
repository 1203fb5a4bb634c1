import ij.ImagePlus;
import ij.ImageStack;
import ij.io.Opener;
import ij.measure.Calibration;
import ij.process.ImageProcessor;

/** Opens each file with ImageJ and prints what it sees as a line of JSON: sizes, pixel size, every value. */
public class ReadTiff {
  public static void main(String[] paths) {
    System.setProperty("java.awt.headless", "true");
    for (String path : paths) {
      ImagePlus image = new Opener().openImage(path);
      if (image == null) {
        System.out.println("null");
        continue;
      }
      Calibration size = image.getCalibration();
      StringBuilder out = new StringBuilder();
      out.append(String.format("{\"width\":%d,\"height\":%d,", image.getWidth(), image.getHeight()));
      out.append(String.format("\"channels\":%d,\"slices\":%d,", image.getNChannels(), image.getNSlices()));
      out.append(String.format("\"frames\":%d,\"bits\":%d,", image.getNFrames(), image.getBitDepth()));
      out.append("\"x\":" + size.pixelWidth + ",\"y\":" + size.pixelHeight + ",\"z\":" + size.pixelDepth);
      out.append(",\"unit\":\"" + size.getUnit().replace("\u00b5", "u") + "\",\"values\":[");
      ImageStack stack = image.getStack();
      for (int page = 1; page <= stack.getSize(); page++) {
        ImageProcessor pixels = stack.getProcessor(page);
        for (int i = 0; i < pixels.getPixelCount(); i++) {
          if (page > 1 || i > 0) out.append(",");
          if (image.getBitDepth() == 24) out.append(pixels.get(i) & 0xffffff);
          else out.append(pixels.getf(i));
        }
      }
      System.out.println(out.append("]}"));
    }
  }
}
