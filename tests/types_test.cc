// The type table: one object a type, gcc's sizes, C's conversions, names as a user writes them.
#include "sim/language/types.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace interleave {
namespace {

TEST_CASE("Equal types are one object, with gcc's sizes") {
  TypeTable types;
  CHECK(types.Integer(32, true) == types.Int());
  CHECK(types.Integer(8, true) != types.Char());
  CHECK(types.PointerTo(types.Int()) == types.PointerTo(types.Int()));
  CHECK(types.PointerTo(types.Int()) != types.PointerTo(types.Char()));
  const Type* row = types.ArrayOf(types.Int(), 3);
  CHECK(row == types.ArrayOf(types.Int(), 3));
  CHECK(row != types.ArrayOf(types.Int(), 4));
  const Type* matrix = types.ArrayOf(row, 2);
  CHECK(matrix->cells == 6);
  CHECK(matrix->bytes == 24);
  CHECK(types.Bool()->bits == 1);
  CHECK(types.Bool()->bytes == 1);
  CHECK(types.Long()->bytes == 8);
  CHECK(types.PointerTo(types.Char())->bytes == 8);
  // A size that no int holds stays large.
  const Type* huge = types.ArrayOf(types.ArrayOf(types.Int(), 2000000000), 4);
  CHECK(huge->cells == std::numeric_limits<int>::max());
  CHECK(huge->bytes == std::numeric_limits<int>::max());
}

TEST_CASE("Enums take the integer type that gcc gives them") {
  TypeTable types;
  const Type* plain = types.NewEnum({"color", {{"RED", 0}, {"GREEN", 4000000000}}}, false);
  CHECK(plain->bits == 32);
  CHECK_FALSE(plain->is_signed);
  const Type* negative = types.NewEnum({"", {{"A", -1}, {"B", 2}}}, true);
  CHECK(negative->bits == 32);
  CHECK(negative->is_signed);
  CHECK(types.NewEnum({"", {{"A", -1}, {"B", 4000000000}}}, true)->bits == 64);
  CHECK(types.enums().size() == 3);
  CHECK(types.enums()[static_cast<std::size_t>(plain->enum_index)].enumerators[1].name == "GREEN");
  CHECK(Promoted(plain, types) == types.UnsignedInt());
  CHECK(TypeName(*plain) == "enum color");
}

TEST_CASE("Names read as in a declaration without a name") {
  TypeTable types;
  Type* item = types.NewStruct("struct item");
  CHECK_FALSE(item->complete);
  CHECK(TypeName(*types.Integer(8, false)) == "unsigned char");
  CHECK(TypeName(*types.UnsignedInt()) == "unsigned");
  CHECK(TypeName(*types.PointerTo(types.PointerTo(item))) == "struct item **");
  CHECK(TypeName(*types.ArrayOf(types.ArrayOf(types.Int(), 3), 2)) == "int [2][3]");
  CHECK(TypeName(*types.ArrayOf(types.PointerTo(types.Char()), 2)) == "char *[2]");
  CHECK(TypeName(*types.PointerTo(types.ArrayOf(types.Int(), 3))) == "int (*)[3]");
  CHECK(TypeName(*types.Void()) == "void");
}

TEST_CASE("The usual arithmetic conversions") {
  TypeTable types;
  struct Case {
    const Type* a;
    const Type* b;
    const Type* common;
  };
  const Type* unsigned_long = types.Integer(64, false);
  for (const Case& c : {
           Case{types.Char(), types.Bool(), types.Int()},
           Case{types.Integer(16, false), types.Integer(16, false), types.Int()},
           Case{types.Int(), types.UnsignedInt(), types.UnsignedInt()},
           Case{types.UnsignedInt(), types.Long(), types.Long()},
           Case{types.Long(), unsigned_long, unsigned_long},
           Case{types.Int(), unsigned_long, unsigned_long},
           Case{types.Int(), types.Void(), types.Error()},
       }) {
    CAPTURE(TypeName(*c.a));
    CAPTURE(TypeName(*c.b));
    CHECK(CommonType(c.a, c.b, types) == c.common);
    CHECK(CommonType(c.b, c.a, types) == c.common);
  }
}

}  // namespace
}  // namespace interleave
