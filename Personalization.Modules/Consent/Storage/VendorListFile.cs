using Personalization.Kernel.Privacy;
using Personalization.Kernel.Sqlite;

namespace Personalization.Consent.Storage;

/// <summary>
/// The last vendor list that was loaded, kept for the next start: the source may not answer then, and without a list everything is
/// denied that is asked for a vendor. Replaced as a whole, so that a crash leaves the old one or the new one.
/// </summary>
[HoldsNoPersonalData("the global vendor list is a public register of companies")]
internal sealed class VendorListFile(DataDirectory directory)
{
    private readonly string _path = Path.Combine(directory.Path, "vendor-list.json");

    /// <summary>The kept list; null when none was ever kept or it is larger than allowed.</summary>
    public async Task<byte[]?> ReadAsync(int maxBytes, CancellationToken cancellationToken) =>
        File.Exists(_path) ? await ReadAsync(_path, maxBytes, cancellationToken) : null;

    /// <summary>Reads any file; null when it is larger than <paramref name="maxBytes"/>.</summary>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    public static async Task<byte[]?> ReadAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return await BoundedContent.ReadAsync(file, maxBytes, cancellationToken);
    }

    public async Task KeepAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var temporary = _path + ".new";
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(json, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }
}
