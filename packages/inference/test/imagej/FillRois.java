import ij.gui.Roi;
import ij.io.RoiDecoder;
import ij.process.ByteProcessor;
import ij.process.ImageProcessor;
import java.io.FileInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Reads zips of regions as ImageJ's ROI Manager does, and prints each region as a line of JSON: its zip, name, kind, place
 * in a stack, and the pixels that ImageJ fills in an image of the given size. Arguments are a path, width and height for
 * each zip.
 */
public class FillRois {
  public static void main(String[] given) throws Exception {
    System.setProperty("java.awt.headless", "true");
    for (int i = 0; i < given.length; i += 3) {
      read(given[i], Integer.parseInt(given[i + 1]), Integer.parseInt(given[i + 2]));
    }
  }

  static void read(String path, int width, int height) throws Exception {
    ZipInputStream zip = new ZipInputStream(new FileInputStream(path));
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      String name = entry.getName();
      Roi roi = new RoiDecoder(zip.readAllBytes(), name).getRoi();
      ImageProcessor pixels = new ByteProcessor(width, height);
      pixels.setValue(1);
      pixels.fill(roi);
      StringBuilder out = new StringBuilder();
      out.append("{\"zip\":\"" + path + "\",\"file\":\"" + name + "\",\"name\":\"" + roi.getName() + "\"");
      out.append(",\"kind\":\"" + roi.getTypeAsString() + "\",\"position\":" + roi.getPosition());
      out.append(",\"slice\":" + roi.getZPosition() + ",\"frame\":" + roi.getTPosition() + ",\"filled\":[");
      String comma = "";
      for (int i = 0; i < pixels.getPixelCount(); i++) {
        if (pixels.get(i) == 0) continue;
        out.append(comma + i);
        comma = ",";
      }
      System.out.println(out.append("]}"));
    }
  }
}
