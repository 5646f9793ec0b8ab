using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Personalization.Consent.Domain.Rights;

/// <summary>Chains receipts: the hash of each covers the one before it, so that none can be changed, left out or put in between unseen.</summary>
internal static class ReceiptChain
{
    /// <summary>The receipts with their hashes. The first covers the id of the request.</summary>
    public static IReadOnlyList<RightsReceipt> Seal(Guid requestId, IEnumerable<RightsReceipt> receipts)
    {
        var before = requestId.ToString("D");
        var chained = new List<RightsReceipt>();
        foreach (var receipt in receipts)
        {
            before = HashOf(before, receipt);
            chained.Add(receipt with { Hash = before });
        }

        return chained;
    }

    /// <summary>Whether nobody touched them.</summary>
    public static bool IsWhole(Guid requestId, IReadOnlyList<RightsReceipt> receipts) =>
        Seal(requestId, receipts).SequenceEqual(receipts);

    /// <summary>SHA-256 over the fields, separated by line feeds, as the guide describes it for whoever checks.</summary>
    private static string HashOf(string before, RightsReceipt receipt) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{before}\n{receipt.Store}\n{receipt.Found}\n{receipt.Removed}\n{receipt.Remaining}\n{receipt.Method}\n{receipt.At.ToUnixTimeMilliseconds()}"))));
}
