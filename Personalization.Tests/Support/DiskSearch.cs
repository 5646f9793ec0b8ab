using System.IO.Compression;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Personalization.Tests.Support;

/// <summary>
/// Looks for bytes in every file of a folder, as they lie there: free pages, write-ahead logs and all. Compressed blocks of the log are
/// looked into as well.
/// </summary>
internal static class DiskSearch
{
    /// <summary>Where a needle was found, as <c>file: needle</c>.</summary>
    public static IReadOnlyList<string> Find(string folder, IReadOnlyDictionary<string, byte[]> needles)
    {
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (IsEmptyLock(file) || TryReadShared(file) is not { } content)
            {
                continue;
            }

            found.AddRange(In(Path.GetRelativePath(folder, file), content, needles));
            if (file.EndsWith("log.db", StringComparison.Ordinal))
            {
                found.AddRange(LogBlocks(file).SelectMany(block => In("log.db, decompressed", block, needles)));
            }
        }

        return [.. found.Distinct()];
    }

    /// <summary>Texts as UTF-8, and as JSON and addresses write them.</summary>
    public static Dictionary<string, byte[]> Texts(params string[] texts)
    {
        var needles = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            needles[text] = Encoding.UTF8.GetBytes(text);
            needles[text + " (UTF-16)"] = Encoding.Unicode.GetBytes(text);
            needles[text + " (base64)"] = Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('='));
            needles[text + " (hex)"] = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)));
            needles[text + " (escaped)"] = Encoding.ASCII.GetBytes(Uri.EscapeDataString(text));
        }

        return needles;
    }

    /// <summary>A keyed hash in both orders of its bytes, in hexadecimal and in base64.</summary>
    public static void AddKey(Dictionary<string, byte[]> needles, string name, UInt128 key)
    {
        var little = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(little, key);
        byte[] big = [.. little.Reverse()];
        foreach (var (order, bytes) in new[] { ("little", little), ("big", big) })
        {
            needles[$"key of {name} ({order})"] = bytes;
            needles[$"key of {name} ({order}, hex)"] = Encoding.ASCII.GetBytes(Convert.ToHexString(bytes));
            needles[$"key of {name} ({order}, lower hex)"] = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes));
            needles[$"key of {name} ({order}, base64)"] = Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes).TrimEnd('='));
        }
    }

    private static IEnumerable<string> In(string file, byte[] content, IReadOnlyDictionary<string, byte[]> needles) =>
        needles.Where(needle => content.AsSpan().IndexOf(needle.Value) >= 0).Select(needle => $"{file}: {needle.Key}");

    /// <summary>A lock, which nobody else may open.</summary>
    private static bool IsEmptyLock(string file) => Path.GetExtension(file) == ".lock" && new FileInfo(file).Length == 0;

    /// <summary>Null when a running host has deleted it since the folder was listed.</summary>
    private static byte[]? TryReadShared(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new MemoryStream();
            stream.CopyTo(content);
            return content.ToArray();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static List<byte[]> LogBlocks(string file)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT codec, raw_bytes, body FROM log_block";
        using var rows = command.ExecuteReader();
        var blocks = new List<byte[]>();
        while (rows.Read())
        {
            var body = rows.GetFieldValue<byte[]>(2);
            if (rows.GetInt32(0) != 0)
            {
                var raw = new byte[rows.GetInt32(1)];
                BrotliDecoder.TryDecompress(body, raw, out _);
                body = raw;
            }

            blocks.Add(body);
        }

        return blocks;
    }
}
