using System.Text;

namespace Personalization.Kernel.Audit;

/// <summary>
/// The head of the chain in a small file of its own, written after each commit. It shows entries that were cut off at the end, as long as nobody
/// changes both files: put it on another disk, or note the head elsewhere, to show that too.
/// </summary>
internal sealed class AuditAnchor(string path)
{
    public const string FileName = "audit.head";

    /// <summary>Longer than any head.</summary>
    private const int MaxBytes = 128;

    public string Path => path;

    /// <returns>Null when there is no file.</returns>
    /// <exception cref="InvalidDataException">The file does not hold a head.</exception>
    public AuditHead? Read()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[MaxBytes];
        var read = stream.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false);
        return AuditHead.Parse(Encoding.UTF8.GetString(bytes, 0, read))
            ?? throw new InvalidDataException($"{path} does not hold a head of the audit log.");
    }

    /// <summary>On disk when it returns. A crash leaves the head before or this one, never half of it.</summary>
    public void Write(AuditHead head)
    {
        var made = path + ".new";
        using (var stream = new FileStream(made, FileMode.Create, FileAccess.Write))
        {
            stream.Write(Encoding.UTF8.GetBytes(head + "\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(made, path, overwrite: true);
    }
}
