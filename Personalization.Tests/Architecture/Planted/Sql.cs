// A world in which SQL has left Storage.
namespace Personalization.Planted.Sql.Features.Domain
{
    using Microsoft.Data.Sqlite;

    public class TextInABody
    {
        public static string Statement(string table) => $"SELECT key FROM {table}";
    }

    public class TextInAConstant
    {
        public const string DeleteSql =
            """
            -- Why: planted.
            delete from features_profile where profile_id = @profileId
            """;
    }

    public class AConnection
    {
        public static void Close(SqliteConnection connection) => connection.Close();
    }

    public class AMapper
    {
        public static Dapper.DynamicParameters Parameters() => new();
    }

    public class Innocent
    {
        public const string Prose = "Select a placement from the list";
        public const string Log = "Update of the catalogue done; create an item with PUT, delete it with DELETE";
        public const string Setting = "PRAGMATIC";

        public static string Say() => "Inserted 5 items into the catalogue";
    }
}

namespace Personalization.Planted.Sql.Features.Storage
{
    using Microsoft.Data.Sqlite;

    public class InnocentStore
    {
        private const string InsertSql = "INSERT INTO features_profile (profile_id) VALUES (@profileId)";

        public static string Sql(SqliteConnection connection) => connection.DataSource + InsertSql;
    }
}

namespace Personalization.Planted.Sql.Kernel.Log
{
    public class InnocentLogStore
    {
        public const string Sql = "PRAGMA synchronous = FULL";
    }
}

namespace Personalization.Planted.Sql.Kernel.Http
{
    public class KernelRoomWithoutFiles
    {
        public const string Sql = "CREATE TABLE http_request (id INTEGER)";
    }
}
