using System.Globalization;
using System.IO.Compression;
using Personalization.Bench.Cli;

namespace Personalization.Bench.Data;

/// <summary>An invoice of the shop: one customer, one time, several items.</summary>
internal sealed record RetailOrder(string Id, string Customer, long TimeMs, IReadOnlyList<string> Items);

/// <summary>A customer who bought in both parts.</summary>
/// <param name="Id">The customer.</param>
/// <param name="Bought">Items bought in the training part.</param>
/// <param name="Targets">Items bought in the test part that at least five customers bought in the training part.</param>
internal sealed record RetailCase(string Id, IReadOnlySet<string> Bought, IReadOnlySet<string> Targets);

/// <summary>
/// Online Retail (Chen, Sain, Guo, 2012), split at 2011-11-09. Left out are rows without customer, cancellations, gifts and corrections
/// (price or quantity not above zero), and codes that are no items.
/// </summary>
internal sealed record RetailSet(IReadOnlyList<RetailOrder> Train, IReadOnlyList<RetailCase> Cases)
{
    private const int FewestBuyers = 5;
    private static readonly DateTime Split = new(2011, 11, 9, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>From the data directory; null, and it is said, when it is not there.</summary>
    public static RetailSet? Find(BenchOptions options, Action<string> progress)
    {
        var path = Path.Combine(options.DataDirectory, "online-retail.csv.gz");
        if (File.Exists(path))
        {
            return Read(path);
        }

        progress($"no figures for retail: {Path.GetFullPath(path)} is missing; name the folder of the data sets with --data");
        return null;
    }

    private static RetailSet Read(string path)
    {
        var rows = Rows(path).ToList();
        var splitMs = new DateTimeOffset(Split).ToUnixTimeMilliseconds();
        var train = rows.Where(row => row.TimeMs < splitMs).ToList();
        var known = train
            .GroupBy(row => row.Item)
            .Where(item => item.Select(row => row.Customer).Distinct().Count() >= FewestBuyers)
            .Select(item => item.Key)
            .ToHashSet();
        var bought = train.GroupBy(row => row.Customer).ToDictionary(customer => customer.Key, customer => customer.Select(row => row.Item).ToHashSet());
        var cases =
            from row in rows
            where row.TimeMs >= splitMs && known.Contains(row.Item)
            group row.Item by row.Customer into customer
            where bought.TryGetValue(customer.Key, out var items) && items.Overlaps(known)
            select new RetailCase(customer.Key, bought[customer.Key], customer.ToHashSet());
        var orders =
            from row in train
            group row by (row.Invoice, row.Customer) into order
            let timeMs = order.Min(row => row.TimeMs)
            orderby timeMs
            select new RetailOrder(order.Key.Invoice, order.Key.Customer, timeMs, [.. order.Select(row => row.Item)]);
        return new RetailSet([.. orders], [.. cases]);
    }

    private static IEnumerable<Row> Rows(string path)
    {
        using var file = File.OpenRead(path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            // InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country: only the description may hold a comma.
            var fields = line.Split(',');
            var (invoice, item, customer) = (fields[0], fields[1], fields[^2]);
            var (quantity, price) = (double.Parse(fields[^5], CultureInfo.InvariantCulture), double.Parse(fields[^3], CultureInfo.InvariantCulture));
            if (customer.Length > 0 && !invoice.StartsWith('C') && quantity > 0 && price > 0 && IsItem(item))
            {
                var time = DateTime.Parse(fields[^4], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
                yield return new Row(invoice, customer, item.ToUpperInvariant(), new DateTimeOffset(time).ToUnixTimeMilliseconds());
            }
        }
    }

    /// <summary>Five digits, then letters at most.</summary>
    private static bool IsItem(string code) => code.Length >= 5 && code[..5].All(char.IsAsciiDigit) && code[5..].All(char.IsAsciiLetter);

    private sealed record Row(string Invoice, string Customer, string Item, long TimeMs);
}
